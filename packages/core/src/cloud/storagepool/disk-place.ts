import { asExternalId, type ExternalId } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { DiskDrivers, StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import type { image } from '../image/image.js';
import type { imagecopy } from '../imagecopy/imagecopy.js';
import type { volume } from '../volume/volume.js';
import { choosePool, type DiskWanted, poolName } from './choose-pool.js';
import { storagepool } from './storagepool.js';

type Pool = Resource<typeof storagepool>;
type Placed = Pass<typeof volume> | Pass<typeof image>;

/** How soon to look whether a share is back among those of the driver, or out of maintenance; milliseconds. */
const POOL_PAUSE = 30_000;

/** Where a disk is kept. */
export interface DiskPlace {
  /** What acts there, and nowhere else. */
  readonly drivers: DiskDrivers;
  /** Absent where there is only one share, and while nobody has looked on which one an older disk is. */
  readonly pool: Pool | undefined;
}

/** A disk's place, or how its pass ends without one. */
export type Place =
  | ({ readonly kind: 'have' } & DiskPlace)
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** Whether a storage driver has several shares, so that each disk has to be put on one. */
export function isDivided({ shares }: Pick<StorageDriver, 'shares'>): boolean {
  return shares !== undefined;
}

/**
 * Where a disk is kept that is to be there. One that was never made is put on a share that can take it, which is
 * recorded before anything is made there. `pool`: the one that its row names, as it was just read.
 */
export async function placeOfDisk(
  pass: Placed,
  storage: StorageDriver,
  pool: Pool | undefined,
  wanted: () => Promise<DiskWanted>,
): Promise<Place> {
  if (!isDivided(storage)) return { kind: 'have', drivers: storage, pool: undefined };
  const { status, parts } = pass.resource;
  if (typeof status.storagepoolId === 'string') return placeOn(storage, pool, status.storagepoolId);
  // Of the days when there was one share, or adopted: it is looked for everywhere, and noted down where it is found.
  const isThere = parts[DISK_FILE]?.state === 'recorded' || isAdopted(pass.resource);
  if (isThere) return { kind: 'have', drivers: storage, pool: undefined };
  const chosen = await choosePool(pass, await wanted());
  if (chosen.kind === 'end') return chosen;
  return { kind: 'end', outcome: notePlace(pass, chosen.pool) };
}

/** Where a disk is kept that is to go. */
export function placeToLeave(
  { resource }: Placed | Pass<typeof imagecopy>,
  storage: StorageDriver,
  pool: Pool | undefined,
): Place {
  const id = poolIdOf(resource);
  if (!isDivided(storage) || typeof id !== 'string')
    return { kind: 'have', drivers: storage, pool: undefined };
  return placeOn(storage, pool, id);
}

/** The drivers of the share that a row names. */
export function placeOn(storage: StorageDriver, pool: Pool | undefined, id: string): Place {
  const share = storage.shares?.find(({ external }) => external === pool?.spec.external);
  if (pool !== undefined && share !== undefined) return { kind: 'have', drivers: share, pool };
  const name = pool === undefined ? id : poolName(pool);
  return {
    kind: 'end',
    outcome: {
      kind: 'wait',
      on: 'backend',
      afterMs: POOL_PAUSE,
      message: `${storage.name} has no share of storage pool ${name} any more. Name its folder in the configuration again`,
    },
  };
}

/** What the hypervisor is told of the share that a disk is on: nothing where there is only one. */
export function shareOf({ pool }: Pick<DiskPlace, 'pool'>): {
  readonly share?: ExternalId | undefined;
} {
  return pool === undefined ? {} : { share: asExternalId(pool.spec.external) };
}

/** Notes down the share on which a disk was found that was looked for everywhere; undefined where there is nothing to note. */
export async function noteFound(
  pass: Placed,
  storage: StorageDriver,
  { share }: { readonly share?: ExternalId | undefined },
): Promise<Outcome | undefined> {
  if (!isDivided(storage) || share === undefined) return undefined;
  if (typeof pass.resource.status.storagepoolId === 'string') return undefined;
  const pool = (await pass.all(storagepool)).find(({ spec }) => spec.external === share);
  return pool === undefined ? undefined : notePlace(pass, pool);
}

/**
 * How a pass ends over a disk whose share is in maintenance: one that is as asked is left alone, and what is to change
 * waits. Undefined where its share may be used.
 */
export function heldByMaintenance(
  { resource }: { readonly resource: Resource },
  pool: Pool | undefined,
): Outcome | undefined {
  if (pool?.spec.maintenance !== true) return undefined;
  const { generation, observedGeneration, deleteRequestedAt } = resource;
  if (observedGeneration === generation && deleteRequestedAt === null) return { kind: 'done' };
  const message = `storage pool ${poolName(pool)} is in maintenance`;
  return { kind: 'wait', on: 'dependency', afterMs: POOL_PAUSE, message };
}

// A step of its own: whoever comes after a crash finds it where it was put.
function notePlace(pass: Placed, pool: Pool): Outcome {
  pass.relate('storagepoolId', pool);
  const message = `on storage pool ${poolName(pool)}`;
  pass.note('place', message);
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}

function isAdopted({ spec }: Placed['resource']): boolean {
  return 'adopted' in spec && spec.adopted;
}

function poolIdOf({ status, spec }: Resource): unknown {
  return status['storagepoolId'] ?? spec['storagepoolId'];
}
