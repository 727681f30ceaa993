import {
  type Accepted,
  type ArrivalDesired,
  asExternalId,
  type DiskFileActual,
  type Driver,
  type DriverCall,
  DriverFailure,
  type ExternalId,
  type ObjectKey,
  type Observation,
  type OwnedPage,
  type ResourceUuid,
} from '@gdcloud/core';
import { openDiskChain } from '../content/open-disk.js';
import { finishLeftovers } from '../disks/create-disk.js';
import { notADisk, overtaken } from '../disks/disk-failures.js';
import { leftoversOf, PUBLISHED, recordedBefore } from '../disks/observe-disk.js';
import { diskFileActual, readDisk } from '../disks/read-disk.js';
import { syncIfThere } from '../files/folders.js';
import { type Checkpoint, guarded } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { publishName, unlinkIfThere } from '../files/publish-file.js';
import type { JobTurn } from '../jobs/long-jobs.js';
import { arrivedFilesOf } from '../share/arrived-files.js';
import { readVolumeState } from '../share/records/read-records.js';
import { demandShare, prepareShare, type Share } from '../share/share.js';
import {
  arrivedName,
  diskFileName,
  parseArrivedName,
  temporaryName,
} from '../share/share-paths.js';
import { copyDisk } from './copy-disk.js';
import { notLeaving, shareUnknown, sourceAway } from './copy-failures.js';
import type { Copying } from './copy-image.js';
import { foreseenCopyOf } from './foreseen-copy-of.js';

/** Of volumes: servers only write them, as root. */
const VOLUME_MODE = 0o600;

/**
 * Volumes that come from another share: copied whole, with all that they read from there, compared, and only then put
 * under a name that no hypervisor looks at. The name tells by which of its moves a volume has come, and is used once: what
 * a process that was paused publishes too late is never taken for another.
 */
export function arrivalsOf(share: Share, copying: Copying): Driver<ArrivalDesired, DiskFileActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.arrivals`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) => observe(share, key, desired, checkpoint)),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, (checkpoint) =>
        arrive(share, copying, { key, desired }, call, checkpoint),
      ),
    update: (key, { move }, _change, { signal }) =>
      guarded(signal, 'change', folder, async (checkpoint) => {
        await demandShare(share, recordedBefore(key));
        checkpoint();
        // Its name first, for which the other one stands.
        await syncIfThere(share.files, share.paths.arrivedFolder);
        await finishLeftovers(share, key);
        return { external: externalOf(key, move), settled: true };
      }),
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, async (checkpoint) => {
        await copying.jobs.drop(key.uuid);
        return remove(share, key, checkpoint);
      }),
    foresee: (desired, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        const from = copying.shareOf(desired.share);
        if (from === undefined) throw shareUnknown(desired.share);
        return { changes: [], actual: await foreseenCopyOf(from, desired.volume, signal) };
      }),
    list: (_cursor, { signal }) => guarded(signal, 'read', folder, () => list(share)),
  };
}

async function observe(
  share: Share,
  key: ObjectKey,
  desired: ArrivalDesired | undefined,
  checkpoint: Checkpoint,
): Promise<Observation<DiskFileActual>> {
  const { files, paths } = share;
  await demandShare(share, recordedBefore(key));
  checkpoint();
  if (desired === undefined) return remainsOf(share, key);
  const disk = await readDisk(
    files,
    `${paths.arrivedFolder}/${arrivedName(key.uuid, desired.move)}`,
  );
  if (disk === undefined) {
    await demandShare(share, recordedBefore(key));
    return { presence: 'absent' };
  }
  // As long as it has its other name, this one may not be durable.
  const unfinished = (await leftoversOf(share, key.uuid)).length > 0;
  // Whoever is told that it is there writes that down: a loss of power must not take it back from then on.
  if (unfinished) await files.syncFolder(paths.arrivedFolder);
  return {
    presence: 'present',
    external: externalOf(key, desired.move),
    actual: diskFileActual(disk),
    changes: unfinished ? [{ field: PUBLISHED, desired: true, actual: false }] : [],
  };
}

async function remainsOf(share: Share, key: ObjectKey): Promise<Observation<DiskFileActual>> {
  const arrived = await arrivedFilesOf(share, key.uuid);
  const leftovers = await leftoversOf(share, key.uuid);
  if (arrived.length + leftovers.length > 0) {
    const last = Math.max(0, ...arrived.map(({ move }) => move));
    const actual = { virtualBytes: 0, physicalBytes: 0 };
    return { presence: 'present', external: externalOf(key, last), actual, changes: [] };
  }
  // Whoever removed it may have died before its own sync, and nobody looks again once it is absent.
  await syncIfThere(share.files, share.paths.arrivedFolder);
  await demandShare(share, recordedBefore(key));
  return { presence: 'absent' };
}

async function arrive(
  share: Share,
  { jobs, shareOf }: Copying,
  arrival: { readonly key: ObjectKey; readonly desired: ArrivalDesired },
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { key, desired } = arrival;
  await prepareShare(share, recordedBefore(key), checkpoint);
  const progress = await jobs.advance(key.uuid, call.signal, async (turn) => {
    const from = shareOf(desired.share);
    if (from === undefined) throw shareUnknown(desired.share);
    await makeArrivedFolder(share);
    await forgetEarlier(share, key, desired.move);
    const temporary = await copyAside(share, from, arrival, call, turn);
    await turn.pass();
    await demandLeaving(from, desired);
    const { arrivedFolder: folder } = share.paths;
    const name = arrivedName(key.uuid, desired.move);
    const outcome = await publishName(share.files, { temporary, folder, name });
    if (outcome === 'overtaken') throw overtaken(`${folder}/${name}`);
    // Or it was written under a mount point whose share has just gone.
    await demandShare(share, 'recorded');
  });
  checkpoint();
  return progress === undefined
    ? { external: externalOf(key, desired.move), settled: true }
    : { settled: false, progress };
}

// Into a file that nobody else knows; returns its name.
async function copyAside(
  share: Share,
  from: Share,
  { key, desired }: { readonly key: ObjectKey; readonly desired: ArrivalDesired },
  { operation }: DriverCall,
  turn: JobTurn,
): Promise<string> {
  const { volume } = desired;
  const path = `${from.paths.folder}/${diskFileName(volume)}`;
  try {
    await demandShare(from, 'recorded');
    await demandLeaving(from, desired);
  } catch (thrown) {
    throw thrown instanceof DriverFailure && thrown.outcome === 'rejected'
      ? thrown
      : sourceAway(path, thrown);
  }
  await finishLeftovers(share, key);
  const attempt = Buffer.from(share.random.bytes(16)).toString('hex');
  const temporary = `${share.paths.temporaryFolder}/${temporaryName(key.uuid, 'volume', operation, attempt)}`;
  await copyDisk(
    {
      path,
      open: ({ signal }) => openDiskChain(from, volume, signal),
      demand: ({ leaf }) => {
        if (leaf.footer.visibility === 'hidden') throw notADisk(path, 'the base of others');
      },
      to: { files: share.files, path: temporary, mode: VOLUME_MODE },
      describe: (virtualBytes) => ({
        uuid: key.uuid,
        virtualBytes,
        createdMs: share.clock.now(),
        visibility: 'visible',
      }),
    },
    turn,
  );
  return temporary;
}

// That it leaves is a decision of whoever looks after it: no older one changes it, and none takes it for gone that stays.
async function demandLeaving(from: Share, { volume, move }: ArrivalDesired): Promise<void> {
  const { record } = await readVolumeState(from, volume);
  if (record?.leaving !== move || record.use !== 'attached')
    throw notLeaving(`${from.paths.folder}/${diskFileName(volume)}`, move);
}

async function makeArrivedFolder({ files, paths }: Share): Promise<void> {
  if ((await files.status(paths.arrivedFolder)) !== undefined) return;
  await files.makeFolder(paths.arrivedFolder);
  await files.syncFolder(paths.ownFolder);
}

// Of moves that were given up: their names are never used again. What came later is another process's.
async function forgetEarlier(share: Share, { uuid }: ObjectKey, move: number): Promise<void> {
  for (const arrived of await arrivedFilesOf(share, uuid))
    if (arrived.move < move) await unlinkIfThere(share.files, arrived.path);
}

// No more than was known of when it was asked for: a process that was paused must not take away what has come since.
async function remove(share: Share, key: ObjectKey, checkpoint: Checkpoint): Promise<Accepted> {
  const { files, paths } = share;
  const verdict = await demandShare(share, recordedBefore(key));
  if (verdict.kind === 'firstUse') return { settled: true };
  // First what is half written: a paused writer then finds nothing to publish.
  for (const leftover of await leftoversOf(share, key.uuid))
    await unlinkIfThere(files, `${paths.temporaryFolder}/${leftover}`);
  await syncIfThere(files, paths.temporaryFolder);
  checkpoint();
  const last = moveOf(key);
  for (const { path, move } of await arrivedFilesOf(share, key.uuid))
    if (move <= last) await unlinkIfThere(files, path);
  await syncIfThere(files, paths.arrivedFolder);
  return { settled: true };
}

async function list(share: Share): Promise<OwnedPage> {
  const verdict = await demandShare(share, 'unrecorded');
  if (verdict.kind === 'firstUse') return { objects: [] };
  const names = await namesIfThere(share.files, share.paths.arrivedFolder);
  const last = new Map<ResourceUuid, number>();
  for (const { volume, move } of names.flatMap((name) => parseArrivedName(name) ?? []))
    last.set(volume, Math.max(move, last.get(volume) ?? 0));
  return {
    objects: [...last].map(([uuid, move]) => ({
      external: externalOf({ uuid }, move),
      uuid,
      epoch: 1,
    })),
  };
}

function externalOf({ uuid }: Pick<ObjectKey, 'uuid'>, move: number): ExternalId {
  return asExternalId(`${uuid}.${move}`);
}

// Who knows of none means all there is.
function moveOf({ external }: ObjectKey): number {
  const [, digits] = /\.([0-9]{1,15})$/.exec(external ?? '') ?? [];
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits);
}
