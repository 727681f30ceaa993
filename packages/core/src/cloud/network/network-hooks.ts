import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { overlappingPool } from '../addresspool/overlapping-pool.js';
import { isRouted } from './ipv6-range.js';
import { network } from './network.js';

type Reads = Pick<Store, 'all' | 'list'>;

/** An IPv6 network that routers outside know is an operator's to give, and one network's. */
export const NETWORK_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/routed-ipv6-network-of-its-own',
    run: (input) =>
      input.operation === 'create' && input.type === network.id
        ? routedRefusal(store, input)
        : undefined,
  }),
];

async function routedRefusal(
  store: Reads,
  { accountKind, desired, uuid }: AdmissionInput,
): Promise<Refusal | undefined> {
  const { ipv6Cidr } = desired;
  if (typeof ipv6Cidr !== 'string' || !isRouted(ipv6Cidr)) return undefined;
  const fieldName = 'ipv6Cidr';
  if (accountKind !== 'admin') {
    const message = 'only administrators choose networks that routers outside know: leave it out';
    return { message, fieldName };
  }
  const { resources } = await store.list({ kind: 'all' }, network, {
    filters: [{ field: fieldName, modifier: 'eq', value: ipv6Cidr }],
    limit: 2,
  });
  const other = resources.find((row) => row.uuid !== uuid);
  if (other !== undefined)
    return { message: `network ${other.id} has ${ipv6Cidr} already`, fieldName };
  const pool = await overlappingPool(store, ipv6Cidr, undefined);
  return pool === undefined
    ? undefined
    : { message: `addresspool ${pool.id} has addresses of ${ipv6Cidr} already`, fieldName };
}
