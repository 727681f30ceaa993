import type { Resource } from '../../model/resource.js';
import { stallOf } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver, ServerSnapshotActual } from '../../ports/drivers/compute.js';
import type { StorageDriver, VolumeSnapshotActual } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { gbOfBytes, mbOfBytes } from '../sizes.js';
import { heldByMaintenance } from '../storagepool/disk-place.js';
import { placeByVolume } from '../storagepool/place-by-volume.js';
import { isFree } from '../volume/free.js';
import { lacksOrigin } from '../volume/lacks-origin.js';
import { isRestoring } from '../volume/restores.js';
import { volume } from '../volume/volume.js';
import { waitFor } from '../wait-for.js';
import { type CopyInUse, copyInUse, dropCopy, isPlugged } from './copy-in-use.js';
import { isTaken, type snapshot, TAKEN_PART } from './snapshot.js';
import { withoutSnapshots } from './without-snapshots.js';

type Snapshot = Pass<typeof snapshot>;
type Volume = Resource<typeof volume>;

/** What drivers say of a snapshot that its volume has not taken. */
const NOT_TAKEN = 'NotTaken';
/** How long to wait for a volume that tells when it moves, in case its word is lost; milliseconds. */
const VOLUME_PAUSE = 10_000;

/**
 * Keeps a snapshot of a volume. While that is in a server the hypervisor copies it (`copyInUse`), and the snapshot is made
 * of the copy. Else the volume takes it, because it alone knows that nobody writes there: once the intent is recorded
 * here it is told, and notes it down before it takes it. See `snapshotsToTake` for why both are needed.
 */
export async function keepVolumeSnapshot(
  pass: Snapshot,
  storage: StorageDriver,
  compute: Pick<ComputeDriver, 'snapshots'>,
): Promise<Outcome> {
  const { id, name, deleteRequestedAt, parts, spec } = pass.resource;
  const of = await pass.find(volume, spec.volumeId);
  const place = await placeByVolume(pass, storage, of);
  if (place.kind === 'end') return place.outcome;
  const held = heldByMaintenance(pass, place.pool);
  if (held !== undefined) return held;
  const { snapshots: driver } = place.drivers;
  if (driver === undefined) return withoutSnapshots(pass, DISK_FILE, storage.name);
  if (deleteRequestedAt !== null) {
    const user = await userOf(pass, of);
    if (user !== undefined) return user;
    // The copy first: nothing is made of it any more.
    const copied = await dropCopy(pass, compute);
    if (copied !== undefined) return copied;
    const left = await pass.dissolve(DISK_FILE, driver);
    return left.kind === 'gone' ? left : left.outcome;
  }
  // What was taken already no longer depends on how its volume is.
  if (!isTaken(pass.resource) && (of === undefined || !isMade(of)))
    return waitFor(pass, `volume ${spec.volumeId}`, of);
  const taker = await takerOf(pass, compute, of);
  if (taker.kind === 'end') return taker.outcome;
  // Before the intent is recorded nobody takes it, and then nobody before it is noted.
  if (taker.kind === 'copied' || parts[DISK_FILE]?.state !== 'intent' || isNoted(of, id)) {
    const { consistency } = taker.kind === 'copied' ? taker : pass.resource.status;
    if (taker.kind === 'copied') pass.report({ consistency: taker.consistency });
    const taken = await pass.converge(DISK_FILE, driver, {
      name: name ?? `snapshot ${id}`,
      volume: (of ?? pass.resource).uuid,
      ...(taker.kind === 'copied' && { copy: taker.copy }),
    });
    if (taken.kind === 'settled') {
      return (await dropCopy(pass, compute)) ?? keep(pass, of, taken.actual, consistency);
    }
    if (!isNotTaken(taken.outcome)) return taken.outcome;
  }
  return of === undefined ? waitFor(pass, `volume ${spec.volumeId}`, of) : remind(pass, of);
}

// One that the volume has noted is the volume's to take, and one that is there needs nobody any more.
async function takerOf(
  pass: Snapshot,
  compute: Pick<ComputeDriver, 'snapshots'>,
  of: Volume | undefined,
): Promise<CopyInUse> {
  const { id, parts } = pass.resource;
  if (of === undefined || isTaken(pass.resource)) return { kind: 'volume' };
  return parts[TAKEN_PART] === undefined && isNoted(of, id)
    ? { kind: 'volume' }
    : copyInUse(pass, compute, of);
}

async function keep(
  pass: Snapshot,
  of: Volume | undefined,
  { virtualBytes, physicalBytes, takenAt }: VolumeSnapshotActual,
  consistency: ServerSnapshotActual['consistency'] | null | undefined,
): Promise<Outcome> {
  pass.report({
    sizeGb: gbOfBytes(virtualBytes),
    physicalMb: mbOfBytes(physicalBytes),
    consistency: consistency ?? 'offline',
    takenAt,
  });
  // It may be struck off there once it is recorded here.
  if (of !== undefined && isNoted(of, pass.resource.id)) pass.wakeAfterwards([of]);
  return { kind: 'done' };
}

/** Waits for the volume to take it, which looks for its snapshots seldom, so it is told. */
async function remind(pass: Snapshot, of: Volume): Promise<Outcome> {
  if (isFree(of)) {
    // One that fails keeps its pause.
    if (isReady(of) || of.outcome === 'wait') await pass.wake(of);
    return waitForVolume(of, `waiting for volume ${of.id} to take it`);
  }
  const { attachedToId } = of.status;
  const server = attachedToId ?? of.spec.virtualmachineId;
  if (!isPlugged(of))
    return waitForVolume(of, `waiting for virtualmachine ${server} to have volume ${of.id}`);
  return waitForVolume(
    of,
    `volume ${of.id} is in virtualmachine ${server}: it is taken once the volume is detached; a snapshot of the virtualmachine takes all its disks at once, as it runs`,
  );
}

/** What keeps a snapshot that is to go; undefined when nothing does. */
async function userOf(pass: Snapshot, of: Volume | undefined): Promise<Outcome | undefined> {
  const { id } = pass.resource;
  if (of !== undefined && isNoted(of, id)) {
    await pass.wake(of);
    return waitForVolume(of, `waiting for volume ${of.id} to let go of it`);
  }
  // What was asked for before is done before, unless it can't be done.
  const isRestored = of?.spec.restoredFromId === id && isRestoring(of) && canCome(of);
  if (isRestored) return waitForVolume(of, `volume ${of.id} is being restored to it`);
  const copies = await pass.children(volume, 'snapshotId');
  const copy = copies.find(
    (each) => each.deleteRequestedAt === null && !isMade(each) && canCome(each),
  );
  return copy && waitForVolume(copy, `volume ${copy.id} is being made from it`);
}

function waitForVolume(of: Volume, message: string): Outcome {
  // A volume that is as asked explains nothing: the message does.
  const blockers = isReady(of) ? [] : [of.uuid];
  return { kind: 'wait', on: 'dependency', afterMs: VOLUME_PAUSE, message, blockers };
}

function canCome(volume: Volume): boolean {
  return stallOf(volume) === undefined && !lacksOrigin(volume);
}

function isMade({ deleteRequestedAt, parts }: Volume): boolean {
  return deleteRequestedAt === null && parts[DISK_FILE]?.state === 'recorded';
}

function isNoted(of: Volume | undefined, id: string): boolean {
  return of?.status.snapshotsToTake?.includes(id) === true;
}

function isNotTaken(outcome: Outcome): boolean {
  return outcome.kind === 'retry' && outcome.failure.code === NOT_TAKEN;
}
