import type { Resource } from '../../model/resource.js';
import type { Outcome, Pass, PlacementRequest } from '../../ports/reconciler.js';
import type { image } from '../image/image.js';
import type { volume } from '../volume/volume.js';
import type { PoolFacts } from './pool-hooks.js';
import { STORAGE_ROOM } from './pool-room.js';
import { storagepool } from './storagepool.js';

/** How long to wait for a share to have room before looking again; milliseconds. */
const CAPACITY_PAUSE = 15_000;

type Pool = Resource<typeof storagepool>;

/** What is put on a share. */
export interface DiskWanted {
  readonly sizeGb: number;
  /** What it is made from; absent for nothing. */
  readonly origin?: DiskOrigin | undefined;
}

/** Where what a disk is made from is. */
export interface DiskOrigin {
  /** The ids of the shares that have it. */
  readonly pools: readonly string[];
  /** What another share would have to take for it, in GiB; undefined where it can't be copied there. */
  readonly copyGb: number | undefined;
}

/** A share that was chosen and charged, or how the pass ends. */
export type PoolChoice =
  | { readonly kind: 'chosen'; readonly pool: Pool }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/**
 * Chooses and charges a share for a disk. The choice is noted down with the pass, and durable before anything is made:
 * the pass has to end with it.
 */
export async function choosePool(
  pass: Pass<typeof volume> | Pass<typeof image>,
  wanted: DiskWanted,
): Promise<PoolChoice> {
  const pools = await pass.all(storagepool);
  const placed = await pass.place(poolRequest(wanted, pools));
  if (placed.kind === 'nowhere') {
    const eliminated = placed.eliminated.map(({ name, by }) => ({ name, by }));
    const why = eliminated.map((each) => `${each.name} (${each.by})`).join(', ');
    const none = 'there are no storage pools yet';
    const message = `no storage pool takes a disk of ${wanted.sizeGb} GiB: ${why === '' ? none : why}`;
    const details = { eliminated, candidates: 'storage pool' };
    pass.condition({ type: 'Scheduled', status: 'False', reason: 'NoRoom', message, details });
    const outcome: Outcome = { kind: 'wait', on: 'capacity', afterMs: CAPACITY_PAUSE, message };
    return { kind: 'end', outcome };
  }
  const pool = pools.find(({ uuid }) => uuid === placed.holder);
  if (pool === undefined)
    throw new Error(`placement chose ${placed.holder}, which was no candidate`);
  const message = `placed on storage pool ${poolName(pool)}`;
  pass.condition({ type: 'Scheduled', status: 'True', reason: 'Placed', message });
  return { kind: 'chosen', pool };
}

/** What a share is called in messages. */
export function poolName({ name, id }: Resource): string {
  return name ?? id;
}

/** What is asked of placement for a disk. */
export function poolRequest(
  { sizeGb, origin }: DiskWanted,
  pools: readonly Pool[],
): PlacementRequest {
  return {
    className: STORAGE_ROOM,
    amount: sizeGb,
    candidates: pools.map((pool) => ({
      holder: pool.uuid,
      name: poolName(pool),
      facts: factsOf(pool, origin),
    })),
  };
}

function factsOf(
  { id, spec, status }: Pool,
  origin: DiskOrigin | undefined,
): { readonly [Fact in keyof PoolFacts]: PoolFacts[Fact] } {
  const atHand = origin === undefined ? null : origin.pools.includes(id);
  return {
    className: STORAGE_ROOM,
    enabled: spec.enabled,
    maintenance: spec.maintenance === true,
    live: status.live === true,
    capacityGb: status.capacityGb ?? 0,
    usedGb: status.usedGb ?? 0,
    weight: status.weight ?? 1,
    neededGb: atHand === false ? (origin?.copyGb ?? 0) : 0,
    originAtHand: atHand,
    reachesOrigin: atHand !== false || origin?.copyGb !== undefined,
  };
}
