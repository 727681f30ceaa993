import { isWithin, overlap, parseIp } from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { addresspool } from './addresspool.js';
import { isNumbered, type PoolFields, type PoolRange, poolRange } from './pool-range.js';

/** The most pools that a new one is compared with. */
const MOST_POOLS = 1_000;

/** A pool's addresses are of its network, and no other pool's. */
export const ADDRESS_POOL_HOOKS: readonly ((store: Pick<Store, 'all'>) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/pool-of-its-own-addresses',
    run: (input) =>
      input.operation === 'create' && input.type === addresspool.id
        ? refusal(store, input)
        : undefined,
  }),
];

async function refusal(
  store: Pick<Store, 'all'>,
  { desired, uuid }: AdmissionInput,
): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const fields = desired as unknown as PoolFields;
  const range = poolRange(fields);
  if (range === undefined) return { message: 'it has no addresses', fieldName: 'cidr' };
  const wrong = contradiction(fields, range);
  if (wrong !== undefined) return wrong;
  for (const other of (await store.all(addresspool, MOST_POOLS)) as readonly Pool[]) {
    const theirs = poolRange(other.spec);
    if (other.uuid !== uuid && theirs !== undefined && overlap(theirs.network, range.network)) {
      return {
        message: `addresspool ${other.id} has addresses of ${other.spec.cidr} already`,
        fieldName: 'cidr',
      };
    }
  }
  return undefined;
}

type Pool = Resource<typeof addresspool>;

function contradiction(
  fields: PoolFields,
  { network, gateway, range }: PoolRange,
): Refusal | undefined {
  const { cidr, firstAddress, lastAddress, reservedAddresses } = fields;
  const outside = (text: string): boolean => {
    const address = parseIp(text);
    return address === undefined || !isWithin(address, network);
  };
  const notIn = (fieldName: string, text: string): Refusal => ({
    message: `${text} is not in ${cidr}`,
    fieldName,
  });
  if (!isWithin(gateway, network)) return notIn('gateway', fields.gateway);
  if (firstAddress !== null && outside(firstAddress)) return notIn('firstAddress', firstAddress);
  if (lastAddress !== null && outside(lastAddress)) return notIn('lastAddress', lastAddress);
  const stray = reservedAddresses.find(outside);
  if (stray !== undefined) return notIn('reservedAddresses', stray);
  if (range.last < range.first)
    return { message: 'the last address is before the first', fieldName: 'lastAddress' };
  return isNumbered(range)
    ? undefined
    : {
        message: 'first and last address may differ in their last 32 bits only',
        fieldName: 'lastAddress',
      };
}
