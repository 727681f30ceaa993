import {
  type Accepted,
  type DriverCall,
  DriverFailure,
  type ObjectKey,
  parseUuid,
  type ResourceUuid,
  type VolumeCopy,
} from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { makeFile } from '../files/publish-file.js';
import {
  readRetiredRecord,
  readSnapshotRecord,
  readVolumeState,
} from '../share/records/read-records.js';
import { type StepFiles, stepFiles } from '../share/records/step-files.js';
import { type CopyRecord, encodeVolumeRecord } from '../share/records/volume-record.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName, uuidOfFileName } from '../share/share-paths.js';
import { demandNewest, makeBaseFolders } from '../steps/decide-step.js';
import { finishCopy } from '../steps/finish-copy.js';
import { settleTaking } from '../steps/settle-taking.js';
import { decidedElsewhere } from '../steps/step-failures.js';
import { sweepAttempts } from '../steps/sweep-attempts.js';
import type { ParentReference } from '../vhd/header.js';
import { type NewVhd, newDifferencingVhd } from '../vhd/new-vhd.js';
import { demandRoomInChain } from './chain-depth.js';
import { corruptDisk, notTaken, originMissing } from './disk-failures.js';
import { diskExternalId } from './observe-disk.js';
import { readDisk, readSoundDisk } from './read-disk.js';

/** A snapshot, and what it is to be made of. */
interface CopiedVolume {
  readonly volume: ResourceUuid;
  readonly copy: VolumeCopy;
}

/** What the hypervisor keeps of a volume, as its files say. */
interface FoundCopy {
  readonly virtualBytes: number;
  /** What it reads from, and with it all that the volume held. */
  readonly parent: ParentReference;
  /** That, where it is the hypervisor's own. */
  readonly below: ResourceUuid | undefined;
}

/** As of bases that volumes leave behind: hypervisors read them as root. */
const MODE = 0o600;

/**
 * Makes a snapshot of what the hypervisor has copied: a thin, hidden file that reads from what the copy reads from, so that
 * the copy itself may go. It is decided by the `link` that publishes its record, and finished from that by whoever looks
 * next. The volume's own file is not touched. Throws DriverFailure: `CopyMissing`, `CopyNotThin`, `ChainTooLong`.
 */
export async function snapshotOfCopy(
  share: Share,
  key: ObjectKey,
  { volume, copy }: CopiedVolume,
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  const path = `${paths.folder}/${diskFileName(key.uuid)}`;
  await settleTaking(share, key.uuid, checkpoint);
  const accepted = { external: diskExternalId(key.uuid), settled: true } as const;
  if ((await readSnapshotRecord(share, key.uuid)) !== undefined) {
    if ((await files.status(path)) === undefined) throw notTaken(path);
    return accepted;
  }
  const state = await readVolumeState(share, volume);
  demandNewest(path, state, call.fence);
  const found = await findCopy(share, copy.disk);
  await makeBaseFolders(share);
  const record: CopyRecord = {
    volume,
    generation: Math.max(1, state.generation),
    fence: call.fence,
    use: 'attached',
    restores: state.record?.restores ?? 0,
    attempt: Buffer.from(share.random.bytes(16)).toString('hex'),
    step: {
      kind: 'copy',
      why: 'snapshot',
      base: key.uuid,
      takenAt: copy.takenAt,
      ...(found.below && { below: found.below }),
    },
  };
  const names = stepFiles(paths, record);
  try {
    await prepare(share, { record, names, child: childOf(share, key.uuid, found) }, checkpoint);
    checkpoint();
    await lookAgain(share, key.uuid, copy);
    await decide(share, record, names);
  } catch (thrown) {
    // Best effort: it is swept by the next try. The failure to report is the first one.
    const isOwn = ({ attempt }: { readonly attempt: string }): boolean =>
      attempt === record.attempt;
    await sweepAttempts(share, volume, isOwn).catch(() => undefined);
    throw thrown;
  }
  await finishCopy(share, record, checkpoint);
  // Or it was made under a mount point whose share has just gone.
  await demandShare(share, 'recorded');
  return accepted;
}

async function prepare(
  share: Share,
  {
    record,
    names,
    child,
  }: { readonly record: CopyRecord; readonly names: StepFiles; readonly child: NewVhd },
  checkpoint: Checkpoint,
): Promise<void> {
  const { files, paths } = share;
  await makeFile(files, { temporary: names.child, mode: MODE, content: child }, checkpoint);
  const content = { pieces: [{ position: 0, bytes: Buffer.from(encodeVolumeRecord(record)) }] };
  await makeFile(files, { temporary: names.record, mode: 0o644, content }, checkpoint);
  const outcome = await linkOnce(files, names.record, names.todo);
  if (outcome === 'gone' || outcome === 'taken') throw decidedElsewhere(names.record);
  await files.syncFolder(paths.temporaryFolder);
}

// Whoever wakes up after the snapshot has come and gone finds no copy, or that the snapshot is about to go.
async function lookAgain(share: Share, snapshot: ResourceUuid, copy: VolumeCopy): Promise<void> {
  if ((await share.files.status(copyPath(share, copy.disk))) === undefined)
    throw copyMissing(share, copy);
  if ((await readRetiredRecord(share, snapshot)) !== undefined)
    throw decidedElsewhere(copyPath(share, snapshot));
}

async function decide(
  { files, paths }: Share,
  { step }: CopyRecord,
  names: StepFiles,
): Promise<void> {
  const path = `${paths.snapshotFolder}/${step.base}`;
  const outcome = await linkOnce(files, names.record, path);
  if (outcome === 'gone' || outcome === 'taken') throw decidedElsewhere(path);
}

async function findCopy(share: Share, disk: ResourceUuid): Promise<FoundCopy> {
  const path = copyPath(share, disk);
  const copy = await readSoundDisk(share.files, path);
  if (copy === undefined) throw copyMissing(share, { disk });
  const { vhd } = copy;
  const parent = vhd.kind === 'sparse' ? vhd.header.parent : undefined;
  if (vhd.kind === 'fixed' || parent === undefined || vhd.allocatedBlocks > 0) {
    throw copyNotThin(path);
  }
  await demandRoomInChain(share, parent.fileName);
  const parentPath = `${share.paths.folder}/${parent.fileName}`;
  const read = await readDisk(share.files, parentPath);
  if (read === undefined) throw originMissing(parentPath);
  const { uuid, visibility } = read.head.footer;
  if (uuid !== parent.uuid || visibility !== 'hidden') {
    throw corruptDisk(path, new Error(`${parent.fileName} is not what it was made to read from`));
  }
  const name = uuidOfFileName(parent.fileName);
  return {
    virtualBytes: vhd.virtualBytes,
    parent,
    // What is called as it says of itself is ours, and has records of its own.
    below: name === undefined || name === parseUuid(uuid) ? undefined : name,
  };
}

function childOf(share: Share, uuid: ResourceUuid, { virtualBytes, parent }: FoundCopy): NewVhd {
  const createdMs = share.clock.now();
  return newDifferencingVhd({ uuid, virtualBytes, createdMs, visibility: 'hidden' }, parent);
}

function copyPath({ paths }: Share, disk: ResourceUuid): string {
  return `${paths.folder}/${diskFileName(disk)}`;
}

function copyMissing(share: Share, { disk }: Pick<VolumeCopy, 'disk'>): DriverFailure {
  const path = copyPath(share, disk);
  return new DriverFailure(
    'rejected',
    'CopyMissing',
    `${path}, the hypervisor's copy, is not there`,
    {
      remedy: 'Check that the storage driver and the repository of the pool use the same share.',
    },
  );
}

function copyNotThin(path: string): DriverFailure {
  return new DriverFailure(
    'rejected',
    'CopyNotThin',
    `${path}, the hypervisor's copy, holds blocks of its own or has no parent`,
    {
      remedy:
        'Look who writes to copies that the hypervisor makes; detach the volume, and it is taken.',
    },
  );
}
