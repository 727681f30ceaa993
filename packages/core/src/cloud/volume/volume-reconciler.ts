import type { ResourceUuid } from '../../model/identity.js';
import type { PartRecord, Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type {
  DiskDrivers,
  StorageDriver,
  VolumeActual,
  VolumeContent,
  VolumeDesired,
  VolumeOrigin,
  VolumeRestore,
} from '../../ports/drivers/storage.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { image } from '../image/image.js';
import { imageOnPool, imageToFind, whereImageIs } from '../imagecopy/image-on-pool.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
import { isTaken, snapshot } from '../snapshot/snapshot.js';
import type { DiskOrigin } from '../storagepool/choose-pool.js';
import {
  heldByMaintenance,
  noteFound,
  placeOfDisk,
  placeOn,
  placeToLeave,
  shareOf,
} from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { attachment } from './attachment.js';
import { isRootDisk } from './devices.js';
import { isFree } from './free.js';
import { moveVolume } from './move-volume.js';
import { isRestoring, restoreOf } from './restores.js';
import { snapshotsToTake } from './snapshots-to-take.js';
import { contentOf, contentsAsked, isReplacing, REPLACE } from './uploads.js';
import { ARRIVAL, volume } from './volume.js';

/** Keeps a volume's file on the share, and the hypervisor's knowledge of it. */
export function volumeReconciler(
  storage: StorageDriver,
  compute: ComputeDriver,
): Reconciler<typeof volume> {
  return {
    type: volume,
    async reconcile(pass) {
      const { name, id, parts, spec, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return remove(pass, storage, compute);
      const moving = await moveVolume(pass, { storage, compute });
      if (moving !== undefined) return moving;
      const isMade = wasMade(parts[DISK_FILE]);
      const { base, pool, source, restored, server } = await pass.findAll({
        base: { type: image, id: spec.imageId },
        pool: { type: storagepool, id: status.storagepoolId ?? null },
        // It counts when it is made; it may be gone afterwards.
        source: { type: snapshot, id: isMade ? null : spec.snapshotId },
        restored: { type: snapshot, id: isRestoring(pass.resource) ? spec.restoredFromId : null },
        server: { type: virtualmachine, id: isRootDisk(spec) ? spec.virtualmachineId : null },
      });
      if (spec.imageId !== null && (base === undefined || !isReady(base))) {
        return waitFor(pass, `image ${spec.imageId}`, base);
      }
      // One that is to go stays until its copies are made.
      if (!isMade && typeof spec.snapshotId === 'string' && !isTaken(source)) {
        return waitFor(pass, `snapshot ${spec.snapshotId}`, source);
      }
      const held = heldByMaintenance(pass, pool);
      if (held !== undefined) return held;
      const unknown = await imageToFind(pass, storage, base);
      if (unknown !== undefined) return unknown;
      const place = await placeOfDisk(pass, storage, pool, async () => ({
        sizeGb: spec.sizeGb,
        origin: await whereOriginIs(pass, base, source),
      }));
      if (place.kind === 'end') return place.outcome;
      const copied = base === undefined ? undefined : await imageOnPool(pass, base, place.pool);
      if (copied?.kind === 'end') return copied.outcome;
      const taking = await snapshotsToTake(pass);
      if (taking.kind === 'end') return taking.outcome;
      const called = name ?? `volume ${id}`;
      const desired: VolumeDesired = {
        name: called,
        sizeBytes: bytesOfGb(spec.sizeGb),
        origin: originOf(copied?.uuid, source),
        use: isFree(pass.resource) ? 'free' : 'attached',
        ...(taking.uuids.length === 0 ? {} : { snapshots: taking.uuids }),
        ...restoreWish(restoreOf(pass.resource, restored)),
        ...contentWish(contentOf(pass.resource)),
      };
      const file = await pass.converge(DISK_FILE, place.drivers.volumes, desired);
      if (file.kind === 'unsettled') return file.outcome;
      noteRestore(pass, restored);
      noteContent(pass, file.actual);
      const { physicalBytes, virtualBytes } = file.actual;
      pass.report({ physicalMb: mbOfBytes(physicalBytes) });
      const found = await noteFound(pass, storage, file.actual);
      if (found !== undefined) return found;
      // As large as the file is by now: the hypervisor sees no other.
      const disk = await pass.converge('disk', compute.disks, {
        name: called,
        sizeBytes: virtualBytes,
        ...shareOf(place),
      });
      if (disk.kind === 'unsettled') return disk.outcome;
      if (isRootDisk(spec)) return withItsServer(pass, server);
      const giveUp = () => giveUpFile(pass, place.drivers, { desired, coming: taking.coming });
      return (await attachment(pass, giveUp)) ?? growth(pass.resource, virtualBytes);
    },
  };
}

type Volume = typeof volume;

/** Whether its file was there once. What a person has made anew is empty: what the first was made of may be gone by then. */
function wasMade(file: PartRecord | undefined): boolean {
  return file !== undefined && (file.state === 'recorded' || file.epoch > 1);
}

/** How long to wait for a snapshot that tells when it may be taken, in case its word is lost; milliseconds. */
const SNAPSHOT_PAUSE = 10_000;

/**
 * Before a server may have a volume, what was asked for earlier is done with its file, and that is asked to be left alone:
 * a driver that keeps fences then refuses what a process still sends that has been replaced.
 */
async function giveUpFile(
  pass: Pass<Volume>,
  { volumes }: Pick<DiskDrivers, 'volumes'>,
  {
    desired,
    coming,
  }: { readonly desired: VolumeDesired; readonly coming: readonly Resource<typeof snapshot>[] },
): Promise<Outcome | undefined> {
  if (coming.length > 0) {
    const message = `snapshot ${coming.map(({ id }) => id).join(', ')} is to be taken first`;
    const blockers = coming.map(({ uuid }) => uuid);
    // They may wait for the file that is there by now.
    for (const each of coming) await pass.wake(each);
    return { kind: 'wait', on: 'dependency', afterMs: SNAPSHOT_PAUSE, message, blockers };
  }
  const file = await pass.converge(DISK_FILE, volumes, { ...desired, use: 'attached' });
  return file.kind === 'unsettled' ? file.outcome : undefined;
}

async function remove(
  pass: Pass<Volume>,
  storage: StorageDriver,
  compute: ComputeDriver,
): Promise<Outcome> {
  // It takes none any more.
  if (pass.resource.status.snapshotsToTake?.length) pass.report({ snapshotsToTake: [] });
  const attached = await attachment(pass, () => Promise.resolve(undefined));
  if (attached !== undefined) return attached;
  const { storagepoolId = null, arrivingId = null, leavingId = null } = pass.resource.status;
  const { arrived, pool } = await pass.findAll({
    arrived: { type: storagepool, id: arrivingId ?? storagepoolId },
    pool: { type: storagepool, id: leavingId ?? storagepoolId },
  });
  const held = heldByMaintenance(pass, arrived) ?? heldByMaintenance(pass, pool);
  if (held !== undefined) return held;
  if (pass.resource.parts[ARRIVAL] !== undefined) {
    const there = placeOn(storage, arrived, String(arrivingId ?? storagepoolId));
    if (there.kind === 'end') return there.outcome;
    const { arrivals } = there.drivers;
    const left = arrivals && (await pass.dissolve(ARRIVAL, arrivals));
    if (left?.kind === 'unsettled') return left.outcome;
  }
  const place =
    leavingId === null ? placeToLeave(pass, storage, pool) : placeOn(storage, pool, leavingId);
  if (place.kind === 'end') return place.outcome;
  const file = await pass.dissolve(DISK_FILE, place.drivers.volumes);
  if (file.kind === 'unsettled') return file.outcome;
  // Afterwards, so that a look at the share by the hypervisor can't bring its knowledge back. It may have looked for the
  // sake of another disk, and know one that it was never told of.
  const disk = await pass.dissolve('disk', compute.disks, 'maybe there');
  return disk.kind === 'gone' ? disk : disk.outcome;
}

async function whereOriginIs(
  pass: Pass<Volume>,
  base: Resource<typeof image> | undefined,
  source: Resource<typeof snapshot> | undefined,
): Promise<DiskOrigin | undefined> {
  if (source !== undefined) return whereSnapshotIs(pass, source);
  return base === undefined ? undefined : whereImageIs(pass, base);
}

// On the share of its volume, which stays as long as there are snapshots of it. Nothing of it can be read elsewhere.
async function whereSnapshotIs(
  pass: Pass<Volume>,
  { spec }: Resource<typeof snapshot>,
): Promise<DiskOrigin> {
  const of = await pass.find(volume, spec.volumeId);
  const pool = of?.status.storagepoolId;
  return { pools: typeof pool === 'string' ? [pool] : [], copyGb: undefined };
}

function originOf(
  base: ResourceUuid | undefined,
  source: Resource<typeof snapshot> | undefined,
): VolumeOrigin | undefined {
  if (source !== undefined) return { snapshot: source.uuid };
  return base === undefined ? undefined : { image: base };
}

function restoreWish(restore: VolumeRestore | undefined): Pick<VolumeDesired, 'restore'> {
  return restore === undefined ? {} : { restore };
}

/** Once its file is as asked, while nobody has it open, it is restored. */
function noteRestore(pass: Pass<Volume>, restored: Resource<typeof snapshot> | undefined): void {
  const { resource } = pass;
  if (!isRestoring(resource) || !isFree(resource)) return;
  const { restores, restoredFromId } = resource.spec;
  pass.report({ restoresDone: restores });
  const isGone = restoreOf(resource, restored) === undefined;
  const result = isGone ? `given up: snapshot ${restoredFromId} is gone` : `to ${restoredFromId}`;
  pass.note('restore', result);
}

function contentWish(content: VolumeContent | undefined): Pick<VolumeDesired, 'content'> {
  return content === undefined ? {} : { content };
}

/** Once its file is as asked, while nobody has it open, it holds what was brought, or that was refused. */
function noteContent(pass: Pass<Volume>, { refused }: VolumeActual): void {
  const { resource } = pass;
  if (!isReplacing(resource) || !isFree(resource)) return;
  pass.report({ contentsDone: contentsAsked(resource.spec), contentRefused: refused ?? null });
  const result = refused === undefined ? 'it holds what was brought' : `refused: ${refused}`;
  pass.note(REPLACE, result);
}

/** How long to wait for somebody to take it out of its server, in case that was missed; milliseconds. */
const GROWTH_PAUSE = 5 * 60_000;

// What a server has open is not changed.
function growth({ spec, status }: Resource<Volume>, virtualBytes: number): Outcome {
  if (virtualBytes >= bytesOfGb(spec.sizeGb)) return { kind: 'done' };
  return {
    kind: 'wait',
    on: 'dependency',
    afterMs: GROWTH_PAUSE,
    message: `it grows to ${spec.sizeGb} GiB once it is detached from virtualmachine ${status.attachedToId}`,
  };
}

/** How long to wait for a server that is being removed, in case its word is lost; milliseconds. */
const REMOVAL_PAUSE = 2_000;

/**
 * A root disk goes with its server. A server that is removed asks the disks that it knows to go; one that was asked for
 * by a process that died before it noted that is known to nobody else who would take it away.
 */
async function withItsServer(
  pass: Pass<typeof volume>,
  server: Resource<typeof virtualmachine> | undefined,
): Promise<Outcome> {
  if (server === undefined) {
    await pass.requestDelete(pass.resource.uuid);
    return { kind: 'wait', on: 'progress', afterMs: 0, message: 'its server is gone' };
  }
  if (server.deleteRequestedAt === null) return { kind: 'done' };
  const message = `virtualmachine ${server.id} is being removed`;
  return {
    kind: 'wait',
    on: 'dependency',
    afterMs: REMOVAL_PAUSE,
    message,
    blockers: [server.uuid],
  };
}
