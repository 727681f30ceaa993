import {
  type IpAddress,
  type IpNetwork,
  type IpRange,
  ipText,
  isWithin,
  parseCidr,
  parseIp,
} from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { NumberedItems } from '../../ports/store.js';
import { numberedItems } from '../numbered-items.js';
import type { addresspool } from './addresspool.js';

/** What a pool says of its addresses, read. */
export interface PoolRange {
  readonly network: IpNetwork;
  readonly gateway: IpAddress;
  /** Those that may be given, but for `kept`. */
  readonly range: IpRange;
  /** Never given: the gateway, what the operator reserved. In order, without those outside of `range`. */
  readonly kept: readonly bigint[];
}

/** The fields of a pool that say which addresses it gives. */
export type PoolFields = Pick<
  Resource<typeof addresspool>['spec'],
  'cidr' | 'gateway' | 'firstAddress' | 'lastAddress' | 'reservedAddresses'
>;

/** One part of the numbers of a pool, or the whole: more than that is never given of an IPv6 network. */
const LOW_BITS = 32n;
const LOW = 1n << LOW_BITS;

/** Reads a pool's fields. Undefined where a text is not what its format asks for, which admission has refused. */
export function poolRange(pool: PoolFields): PoolRange | undefined {
  const network = parseCidr(pool.cidr);
  const gateway = parseIp(pool.gateway);
  if (network === undefined || gateway === undefined) return undefined;
  const given = defaultRange(network);
  const first = pool.firstAddress === null ? given.first : parseIp(pool.firstAddress)?.value;
  const last = pool.lastAddress === null ? given.last : parseIp(pool.lastAddress)?.value;
  if (first === undefined || last === undefined) return undefined;
  const range: IpRange = { version: network.version, first, last };
  const reserved = pool.reservedAddresses.flatMap((text) => parseIp(text) ?? []);
  const kept = [gateway, ...reserved]
    .filter((address) => isWithin(address, range))
    .map(({ value }) => value);
  return { network, gateway, range, kept: [...new Set(kept)].sort((a, b) => (a < b ? -1 : 1)) };
}

// Of IPv4 neither the network's own address nor the one for all; of IPv6 not the one of any router.
function defaultRange({ version, first, last, prefixLength }: IpNetwork): IpRange {
  if (version === 4) {
    const isTiny = prefixLength > 30;
    return isTiny ? { version, first, last } : { version, first: first + 1n, last: last - 1n };
  }
  const end = first - (first % LOW) + LOW - 1n;
  return { version, first: first + 1n, last: last < end ? last : end };
}

/** How many addresses a pool has to give. */
export function poolSize({ range, kept }: PoolRange): number {
  return Number(range.last - range.first) + 1 - kept.length;
}

/** Whether all addresses of a range differ in their last 32 bits only, so that a number says which is meant. */
export function isNumbered({ first, last }: IpRange): boolean {
  return first >> LOW_BITS === last >> LOW_BITS;
}

/** Where the addresses of a range are held in the ledger: one pool for all that differ in their last 32 bits only. */
export function ledgerPool({ version, first }: IpRange): string {
  return version === 4 ? 'address' : `address/${(first >> LOW_BITS).toString(16)}`;
}

/** The addresses that may be given, as items of {@link ledgerPool}, beginning somewhere: `fraction` in [0, 1) says where. */
export function addressItems({ range, kept }: PoolRange, fraction: number): NumberedItems {
  const first = Number(range.first % LOW);
  const last = Number(range.last % LOW);
  const from = first + Math.floor(fraction * (last - first + 1));
  return numberedItems({ first, last, from, without: kept.map((value) => Number(value % LOW)) });
}

/** Whether an address is one that the pool gives. */
export function isGiven({ range, kept }: PoolRange, address: IpAddress): boolean {
  return isWithin(address, range) && !kept.includes(address.value);
}

/** The item of {@link ledgerPool} that stands for one address. */
export function addressItem({ value }: IpAddress): NumberedItems {
  const number = Number(value % LOW);
  return numberedItems({ first: number, last: number, from: number, without: [] });
}

/** Whether an item of {@link ledgerPool} stands for an address that the pool gives. */
export function isOf(pool: PoolRange, item: string): boolean {
  const { version, first } = pool.range;
  return isGiven(pool, { version, value: first - (first % LOW) + BigInt(item) });
}

/** The address that an item of {@link ledgerPool} stands for. */
export function addressOf({ range: { version, first } }: PoolRange, item: string): string {
  return ipText({ version, value: first - (first % LOW) + BigInt(item) });
}
