import type { Resource } from '../../model/resource.js';
import type { ServerLease } from '../../ports/drivers/appliance.js';
import type { virtualmachine } from './virtualmachine.js';

/** The generation of every lease: what it says is given to a server once, and never changes. */
export const LEASE_GENERATION = 1;

/** Long enough for all labels that can be told apart by a number at their end. */
const LONGEST_LABEL = 58;
/** More servers than fit into any network by the same name. */
const NAMESAKES = 9_999;

/** What a server gets from its network's appliance; undefined before it has all of it, and once it is to go. */
export function leaseOf({
  uuid,
  status,
  deleteRequestedAt,
}: Resource<typeof virtualmachine>): ServerLease | undefined {
  const { privateIpv4Address: ipv4Address, macAddress, hostname } = status;
  return deleteRequestedAt === null &&
    typeof ipv4Address === 'string' &&
    typeof macAddress === 'string' &&
    typeof hostname === 'string'
    ? { uuid, generation: LEASE_GENERATION, macAddress, ipv4Address, hostname }
    : undefined;
}

/** The names that a server may have in its network, the best first: its own as DNS can say it, then with a number. */
export function hostnames({ name, id }: Pick<Resource, 'name' | 'id'>): Iterable<string> {
  const label = (name ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_LABEL)
    .replaceAll(/^-+|-+$/g, '');
  const first = label === '' ? `server-${id}` : label;
  return {
    *[Symbol.iterator]() {
      yield first;
      for (let number = 2; number <= NAMESAKES; number += 1) yield `${first}-${number}`;
    },
  };
}
