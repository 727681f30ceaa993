import type { Resource } from '../../model/resource.js';
import type { Refusal } from '../../ports/hooks.js';
import type { ipaddress } from '../ipaddress/ipaddress.js';

/** Why nothing of a network can have ports of an address; undefined where it can. */
export function addressRefusal(
  { id, spec, status }: Resource<typeof ipaddress>,
  networkId: string,
): Refusal | undefined {
  const fieldName = 'ipaddressId';
  if (spec.networkId !== networkId)
    return { message: `ipaddress ${id} is not assigned to network ${networkId}`, fieldName };
  return status.address?.includes(':') === true
    ? { message: `ipaddress ${id} is an IPv6 address, and servers have IPv4 ones`, fieldName }
    : undefined;
}
