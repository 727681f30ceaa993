import { parseIp } from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { Random } from '../../ports/random.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { addresspool } from '../addresspool/addresspool.js';
import {
  addressItem,
  addressItems,
  addressOf,
  isGiven,
  isOf,
  ledgerPool,
  poolRange,
} from '../addresspool/pool-range.js';
import { familyOf } from '../network/family.js';
import { waitFor } from '../wait-for.js';
import { askedFamily } from './address-family.js';
import type { ipaddress } from './ipaddress.js';

/** How long to wait for a free address before looking again; milliseconds. */
const ADDRESS_PAUSE = 30_000;

/** Gives an address out of a pool with room, for good; undefined once it has one. */
export async function addressOfPool(
  pass: Pass<typeof ipaddress>,
  random: Random,
): Promise<Outcome | undefined> {
  const { spec, status } = pass.resource;
  if (typeof status.address === 'string') return undefined;
  const pools = await poolsToTry(pass);
  if (pools === undefined) return waitFor(pass, `addresspool ${spec.addresspoolId}`, undefined);
  for (const pool of pools) {
    const address = await addressOutOf(pass, pool, random);
    if (address === undefined) continue;
    const { cidr, gateway, uplink } = pool.spec;
    pass.report({
      address,
      prefixLength: Number(cidr.split('/')[1]),
      gatewayAddress: gateway,
      uplink,
    });
    pass.relate('poolId', pool);
    pass.note('address.allocate', `${address} of addresspool ${pool.id}`);
    return undefined;
  }
  const message =
    spec.wantedAddress === null
      ? 'no pool has an address to give'
      : `${spec.wantedAddress} is in no pool, kept back, or another’s`;
  return { kind: 'wait', on: 'capacity', afterMs: ADDRESS_PAUSE, message };
}

type Pool = Resource<typeof addresspool>;

async function poolsToTry(pass: Pass<typeof ipaddress>): Promise<readonly Pool[] | undefined> {
  const { addresspoolId } = pass.resource.spec;
  const all =
    addresspoolId === null
      ? await pass.all(addresspool)
      : [await pass.find(addresspool, addresspoolId)];
  const family = askedFamily(pass.resource.spec);
  const pools = all.filter(
    (pool): pool is Pool =>
      pool?.deleteRequestedAt === null &&
      (family === undefined || familyOf(pool.spec.cidr) === family),
  );
  return addresspoolId !== null && pools.length === 0 ? undefined : pools;
}

async function addressOutOf(
  pass: Pass<typeof ipaddress>,
  pool: Pool,
  random: Random,
): Promise<string | undefined> {
  const range = poolRange(pool.spec);
  const { wantedAddress } = pass.resource.spec;
  if (range === undefined) return undefined;
  const wanted = wantedAddress === null ? undefined : parseIp(wantedAddress);
  if (wanted !== undefined && !isGiven(range, wanted)) return undefined;
  const items = wanted === undefined ? addressItems(range, random.fraction()) : addressItem(wanted);
  const item = await pass.allocate(ledgerPool(range.range), items);
  // One that it got in a pass of which nothing is left may be of another pool.
  return item !== undefined && isOf(range, item) ? addressOf(range, item) : undefined;
}
