import { type IpNetwork, isWithin, overlap, parseCidr, parseIp } from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { network } from '../network/network.js';
import { addresspool } from './addresspool.js';
import { overlappingPool } from './overlapping-pool.js';
import { isNumbered, type PoolFields, type PoolRange, poolRange } from './pool-range.js';

/** The most networks that a new pool is compared with. */
const MOST_NETWORKS = 100_000;

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
  const other = await overlappingPool(store, fields.cidr, uuid);
  if (other !== undefined) {
    const message = `addresspool ${other.id} has addresses of ${other.spec.cidr} already`;
    return { message, fieldName: 'cidr' };
  }
  const routed = await routedThere(store, range.network);
  return routed === undefined
    ? undefined
    : { message: `network ${routed.id} has addresses of it already`, fieldName: 'cidr' };
}

// A network whose servers are known outside by their own addresses.
async function routedThere(
  store: Pick<Store, 'all'>,
  wanted: IpNetwork,
): Promise<Resource | undefined> {
  if (wanted.version === 4) return undefined;
  const networks = (await store.all(network, MOST_NETWORKS)) as readonly Resource<typeof network>[];
  return networks.find(({ spec: { ipv6Cidr } }) => {
    const theirs = typeof ipv6Cidr === 'string' ? parseCidr(ipv6Cidr) : undefined;
    return theirs !== undefined && overlap(theirs, wanted);
  });
}

// The first and the last address of an IPv4 network; where there are only two, both are for hosts (RFC 3021).
function isNobodys({ version, prefixLength, first, last }: IpNetwork, text: string): boolean {
  const value = parseIp(text)?.value;
  return version === 4 && prefixLength < 31 && (value === first || value === last);
}

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
  const ends = { gateway: fields.gateway, firstAddress, lastAddress };
  for (const [fieldName, text] of Object.entries(ends)) {
    if (text !== null && isNobodys(network, text))
      return { message: `${text} is what ${cidr} itself is called by, or all in it`, fieldName };
  }
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
