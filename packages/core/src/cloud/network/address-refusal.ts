import type { Resource } from '../../model/resource.js';
import type { Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { addressFamily } from '../ipaddress/address-family.js';
import type { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { network } from './network.js';

/** Why servers of a network can't be reached by ports of an address; undefined where they can. */
export async function addressRefusal(
  store: Pick<Store, 'find'>,
  address: Resource<typeof ipaddress>,
  networkId: string,
): Promise<Refusal | undefined> {
  const { id, spec } = address;
  const fieldName = 'ipaddressId';
  if (spec.networkId !== networkId)
    return { message: `ipaddress ${id} is not assigned to network ${networkId}`, fieldName };
  if ((await addressFamily(store, address)) !== 'ipv6') return undefined;
  const of = await liveRow(store, network, networkId);
  if (of?.spec.ipv6Cidr !== null) return undefined;
  const message = `ipaddress ${id} is an IPv6 address, and servers of network ${networkId} have none`;
  return { message, fieldName };
}
