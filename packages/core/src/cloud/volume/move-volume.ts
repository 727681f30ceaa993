import { asExternalId } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { stall } from '../../model/stall.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver, VolumeDesired } from '../../ports/drivers/storage.js';
import type { Outcome, Pass, PlacementRequest } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { sourceAway } from '../imagecopy/source-away.js';
import { bytesOfGb } from '../sizes.js';
import { snapshot } from '../snapshot/snapshot.js';
import { poolName, poolRequest } from '../storagepool/choose-pool.js';
import { heldByMaintenance, placeOn } from '../storagepool/disk-place.js';
import { STORAGE_ROOM } from '../storagepool/pool-room.js';
import { storagepool } from '../storagepool/storagepool.js';
import { isFree } from './free.js';
import { isMoving, leftAfter, movesAsked, restBefore } from './moves.js';
import { isRestoring } from './restores.js';
import { isReplacing } from './uploads.js';
import { ARRIVAL, type volume } from './volume.js';

type Volume = Pass<typeof volume>;
type Pool = Resource<typeof storagepool>;

/** How soon to look whether something has made way for a move; milliseconds. */
const PAUSE = 15_000;
/** MiB of a GiB. */
const MB_PER_GB = 1024;

/** What a move works with. */
export interface MoveDrivers {
  readonly storage: StorageDriver;
  readonly compute: Pick<ComputeDriver, 'disks'>;
}

/** The pools of a move that its volume names. */
interface Places {
  readonly home: Pool | undefined;
  readonly target: Pool | undefined;
  readonly arriving: Pool | undefined;
  readonly leaving: Pool | undefined;
}

/**
 * Brings a volume to another storage pool; undefined where there is nothing to be done for that. Its row says at any
 * time on which one it is (`storagepoolId`), and changes once, when all of it is there, durable, and the same:
 *
 * 1. the room is charged there (`arrivingId`), besides that here;
 * 2. the file is asked to be left alone, and its arrival is made;
 * 3. the row names the other pool (`leavingId`: the one before);
 * 4. the file goes there, and what the hypervisor knows of it, and so does the charge: no two shares ever show it;
 * 5. the arrival becomes its file.
 *
 * Until 3 a wish for another pool, or for this one, undoes it.
 */
export async function moveVolume(pass: Volume, drivers: MoveDrivers): Promise<Outcome | undefined> {
  const { resource } = pass;
  const { spec, status, parts } = resource;
  if (!isMoving(resource)) return undefined;
  const arrivingId = status.arrivingId ?? null;
  const leavingId = status.leavingId ?? null;
  const isBegun = arrivingId !== null || leavingId !== null || parts[ARRIVAL] !== undefined;
  if (!isBegun && !mayBegin(resource)) return undefined;
  const places = await pass.findAll({
    home: { type: storagepool, id: status.storagepoolId ?? null },
    target: { type: storagepool, id: spec.movedToId },
    arriving: { type: storagepool, id: arrivingId },
    leaving: { type: storagepool, id: leavingId },
  });
  for (const pool of [places.home, places.arriving, places.leaving]) {
    const held = heldByMaintenance(pass, pool);
    if (held !== undefined) return held;
  }
  // A pool that is gone is nowhere to go: the volume stays.
  const wantedId = places.target?.id ?? status.storagepoolId;
  if (leavingId !== null) return leave(pass, drivers, places);
  if (arrivingId !== null) {
    return arrivingId === wantedId ? copy(pass, drivers, places) : turnBack(pass, drivers, places);
  }
  const settling = parts[ARRIVAL] === undefined ? undefined : await settle(pass, drivers, places);
  if (settling !== undefined) return settling;
  if (wantedId !== status.storagepoolId) return begin(pass, drivers, places);
  pass.report({ movesDone: movesAsked(spec) });
  pass.note('move', `it is on ${nameOf(places.home)}`);
  return undefined;
}

// What is being restored needs its snapshots, what is being given what was brought needs that, and what is to be taken
// needs the file where it is.
function mayBegin(row: Resource<typeof volume>): boolean {
  const isMade = row.parts[DISK_FILE]?.state === 'recorded';
  const isTaking = (row.status.snapshotsToTake ?? []).length > 0;
  return isMade && isFree(row) && !isRestoring(row) && !isReplacing(row) && !isTaking;
}

async function begin(
  pass: Volume,
  { storage }: MoveDrivers,
  { home, target }: Places,
): Promise<Outcome> {
  const { uuid, spec, status } = pass.resource;
  if (home === undefined || target === undefined) return away(pass, storage, home);
  const snapshots = await pass.children(snapshot, 'volumeId');
  if (snapshots.length > 0) {
    const ids = snapshots.map(({ id }) => id).join(', ');
    const message = `snapshot ${ids} of it can’t come along: it moves once that is deleted`;
    const blockers = snapshots.map((each) => each.uuid);
    return { kind: 'wait', on: 'dependency', afterMs: PAUSE, message, blockers };
  }
  const place = placeOn(storage, target, target.id);
  if (place.kind === 'end') return place.outcome;
  if (place.drivers.arrivals === undefined) {
    return stall('InvalidDesired', `${storage.name} moves no volumes`, { code: 'NoMoves' });
  }
  const rest = restBefore(status.leftPools ?? {}, target.id, pass.now);
  if (rest > 0) {
    const message = `it was on ${nameOf(target)} a while ago, and can go back in ${Math.ceil(rest / 60_000)} minutes`;
    return { kind: 'wait', on: 'dependency', afterMs: rest, message };
  }
  // Of the days of one share, when nothing was charged.
  if ((await pass.charged(STORAGE_ROOM)) === undefined)
    await pass.charge(home.uuid, STORAGE_ROOM, spec.sizeGb);
  const placed = await pass.place(requestOf(pass, home, [target]));
  if (placed.kind === 'nowhere') {
    const why = placed.eliminated.map(({ by }) => by).join(', ');
    const message = `${nameOf(target)} does not take it: ${why}`;
    return { kind: 'wait', on: 'capacity', afterMs: PAUSE, message };
  }
  pass.relate('arrivingId', target);
  pass.report({ movesBegun: movesAsked(spec) });
  pass.note('move', `from ${nameOf(home)} to ${nameOf(target)}, as ${uuid}`);
  return progress(`it moves to ${nameOf(target)}`);
}

async function copy(
  pass: Volume,
  { storage }: MoveDrivers,
  { home, arriving }: Places,
): Promise<Outcome> {
  const { uuid, spec, status } = pass.resource;
  const here = placeOn(storage, home, String(status.storagepoolId));
  if (here.kind === 'end') return here.outcome;
  const there = placeOn(storage, arriving, String(status.arrivingId));
  if (there.kind === 'end') return there.outcome;
  const { arrivals } = there.drivers;
  if (home === undefined || arriving === undefined || arrivals === undefined)
    return away(pass, storage, arriving);
  const move = status.movesBegun ?? movesAsked(spec);
  // By a decision of this holder, where the driver makes any: who thinks that it may change the file is refused.
  const leaving = { ...fileOf(pass.resource), leaving: move };
  const file = await pass.converge(DISK_FILE, here.drivers.volumes, leaving);
  if (file.kind === 'unsettled') return file.outcome;
  const isThere = pass.resource.parts[ARRIVAL]?.state === 'recorded';
  const unreachable = isThere ? undefined : sourceAway(home, 'it');
  if (unreachable !== undefined) return unreachable;
  const arrived = await pass.converge(ARRIVAL, arrivals, {
    name: calledOf(pass.resource),
    volume: uuid,
    share: asExternalId(home.spec.external),
    move,
  });
  if (arrived.kind === 'unsettled') return arrived.outcome;
  pass.relate('storagepoolId', arriving);
  pass.relate('leavingId', home);
  pass.relate('arrivingId', null);
  pass.note('move', `it is whole on ${nameOf(arriving)}`);
  return progress(`it leaves ${nameOf(home)}`);
}

// It never was anywhere else: what has come of it goes.
async function turnBack(
  pass: Volume,
  { storage }: MoveDrivers,
  { home, arriving }: Places,
): Promise<Outcome> {
  const { status } = pass.resource;
  const here = placeOn(storage, home, String(status.storagepoolId));
  if (here.kind === 'end') return here.outcome;
  const there = placeOn(storage, arriving, String(status.arrivingId));
  if (there.kind === 'end') return there.outcome;
  if (home === undefined || arriving === undefined) return away(pass, storage, home);
  // From now on nothing of it arrives any more.
  const file = await pass.converge(DISK_FILE, here.drivers.volumes, fileOf(pass.resource));
  if (file.kind === 'unsettled') return file.outcome;
  const { arrivals } = there.drivers;
  if (arrivals !== undefined) {
    const gone = await pass.dissolve(ARRIVAL, arrivals);
    if (gone.kind === 'unsettled') return gone.outcome;
  }
  await pass.endMove(requestOf(pass, home, []), arriving.uuid, 'back');
  pass.relate('arrivingId', null);
  pass.note('move', `to ${nameOf(arriving)} was given up`);
  return progress(`it stays on ${nameOf(home)}`);
}

async function leave(
  pass: Volume,
  { storage, compute }: MoveDrivers,
  { home, leaving }: Places,
): Promise<Outcome> {
  const { status } = pass.resource;
  const from = placeOn(storage, leaving, String(status.leavingId));
  if (from.kind === 'end') return from.outcome;
  if (home === undefined || leaving === undefined) return away(pass, storage, home);
  const file = await pass.dissolve(DISK_FILE, from.drivers.volumes);
  if (file.kind === 'unsettled') return file.outcome;
  // Afterwards, so that a look at the share by the hypervisor can't bring its knowledge back.
  const disk = await pass.dissolve('disk', compute.disks);
  if (disk.kind === 'unsettled') return disk.outcome;
  await pass.endMove(requestOf(pass, leaving, []), home.uuid, 'arrived');
  pass.relate('leavingId', null);
  pass.report({ leftPools: leftAfter(status.leftPools ?? {}, leaving.id, pass.now) });
  pass.note('move', `it has left ${nameOf(leaving)}`);
  return progress(`it has left ${nameOf(leaving)}`);
}

// What the volume is now made of is what has arrived, whatever it was made of once.
async function settle(
  pass: Volume,
  { storage }: MoveDrivers,
  { home }: Places,
): Promise<Outcome | undefined> {
  const { uuid, status } = pass.resource;
  const here = placeOn(storage, home, String(status.storagepoolId));
  if (here.kind === 'end') return here.outcome;
  const { volumes, arrivals } = here.drivers;
  const origin = { volume: uuid, move: status.movesBegun ?? 0 };
  const file = await pass.converge(DISK_FILE, volumes, { ...fileOf(pass.resource), origin });
  if (file.kind === 'unsettled') return file.outcome;
  if (arrivals === undefined) return undefined;
  const gone = await pass.dissolve(ARRIVAL, arrivals);
  return gone.kind === 'unsettled' ? gone.outcome : undefined;
}

/** A volume's file while it moves: nothing of it is changed. */
function fileOf(row: Resource<typeof volume>): VolumeDesired {
  return { name: calledOf(row), sizeBytes: bytesOfGb(row.spec.sizeGb), use: 'attached' };
}

function calledOf({ name, id }: Resource): string {
  return name ?? `volume ${id}`;
}

function requestOf(
  { resource: { spec, status } }: Volume,
  from: Pool,
  candidates: readonly Pool[],
): PlacementRequest {
  const copyGb = Math.min(spec.sizeGb, Math.ceil((status.physicalMb ?? 0) / MB_PER_GB));
  const wanted = { sizeGb: spec.sizeGb, origin: { pools: [], copyGb } };
  return { ...poolRequest(wanted, candidates), from: from.uuid };
}

function nameOf(pool: Pool | undefined): string {
  return `storage pool ${pool === undefined ? 'that is gone' : poolName(pool)}`;
}

// Its row names a pool that is not there any more.
function away(pass: Volume, storage: StorageDriver, pool: Pool | undefined): Outcome {
  const place = placeOn(storage, pool, String(pass.resource.status.storagepoolId));
  return place.kind === 'end' ? place.outcome : progress('its storage pool has changed');
}

function progress(message: string): Outcome {
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}
