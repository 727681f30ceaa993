import { parseIp } from '../../model/ip-network.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { addresspool } from '../addresspool/addresspool.js';
import { isGiven, poolRange } from '../addresspool/pool-range.js';
import { liveRow } from '../live-row.js';
import { type Family, familyOf } from '../network/family.js';
import { network } from '../network/network.js';
import { addressFamily } from './address-family.js';
import { ipaddress } from './ipaddress.js';

type Reads = Pick<Store, 'find' | 'everyReferrer'>;

/** The fields of a network that say which address its servers are seen by. */
const OUTGOING = { ipv4: 'outgoingAddressId', ipv6: 'outgoingIpv6AddressId' } as const;
type Address = Resource<typeof ipaddress>;

/**
 * Operators choose addresses, users take what they get. An address stays with its network as long as something leads from
 * it, and servers are seen by an address of their own network only.
 */
export const ADDRESS_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/wanted-address',
    run: (input) =>
      input.operation === 'create' && input.type === ipaddress.id
        ? wantedRefusal(store, input)
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/address-in-use',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === ipaddress.id && desired['networkId'] === null
        ? inUse(store, before)
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/address-of-the-same-account',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === ipaddress.id
        ? foreignRefusal(store, before as Address | undefined, desired['networkId'])
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/outgoing-address-of-the-network',
    run: async ({ type, before, desired }) =>
      type === network.id
        ? ((await outgoingRefusal(store, before, desired, 'ipv4')) ??
          outgoingRefusal(store, before, desired, 'ipv6'))
        : undefined,
  }),
];

async function wantedRefusal(
  store: Reads,
  { accountKind, desired }: AdmissionInput,
): Promise<Refusal | undefined> {
  const { wantedAddress, addresspoolId, family } = desired;
  const wrong = await familyRefusal(store, { family, wantedAddress, addresspoolId });
  if (wrong !== undefined) return wrong;
  if (typeof wantedAddress !== 'string') return undefined;
  const fieldName = 'wantedAddress';
  if (accountKind !== 'admin')
    return { message: 'only administrators choose addresses: leave it out', fieldName };
  const pool = await liveRow(store, addresspool, addresspoolId);
  const range = pool && poolRange(pool.spec);
  const address = parseIp(wantedAddress);
  if (pool === undefined || range === undefined || address === undefined) return undefined;
  return isGiven(range, address)
    ? undefined
    : { message: `addresspool ${pool.id} does not give ${wantedAddress}`, fieldName };
}

async function familyRefusal(
  store: Reads,
  { family, wantedAddress, addresspoolId }: Readonly<Record<string, unknown>>,
): Promise<Refusal | undefined> {
  const fieldName = 'family';
  if (typeof family !== 'string') return undefined;
  if (typeof wantedAddress === 'string' && familyOf(wantedAddress) !== family)
    return { message: `the wanted address is not of ${family}`, fieldName };
  const pool = await liveRow(store, addresspool, addresspoolId);
  return pool === undefined || familyOf(pool.spec.cidr) === family
    ? undefined
    : { message: `addresspool ${pool.id} is not of ${family}`, fieldName };
}

async function inUse(store: Reads, before: Resource | undefined): Promise<Refusal | undefined> {
  const users = before === undefined ? [] : await store.everyReferrer(before.uuid, 'ipaddressId');
  const [first] = users;
  if (first === undefined) return undefined;
  const others = users.length === 1 ? '' : ` and ${users.length - 1} others`;
  return {
    message: `${first.type} ${first.id}${others} lead from it: remove them first`,
    fieldName: 'networkId',
  };
}

async function foreignRefusal(
  store: Reads,
  before: Address | undefined,
  id: unknown,
): Promise<Refusal | undefined> {
  const of = await liveRow(store, network, id);
  return of === undefined || before === undefined || of.account === before.account
    ? undefined
    : { message: `network ${of.id} belongs to another account`, fieldName: 'networkId' };
}

async function outgoingRefusal(
  store: Reads,
  before: Resource | undefined,
  desired: JsonObject,
  family: Family,
): Promise<Refusal | undefined> {
  const fieldName = OUTGOING[family];
  const address = await liveRow(store, ipaddress, desired[fieldName]);
  if (address === undefined) return undefined;
  if (before === undefined || address.spec.networkId !== before.id) {
    const message = `ipaddress ${address.id} is not assigned to this network: assign it first`;
    return { message, fieldName };
  }
  return (await addressFamily(store, address)) === family
    ? undefined
    : { message: `ipaddress ${address.id} is not of ${family}`, fieldName };
}
