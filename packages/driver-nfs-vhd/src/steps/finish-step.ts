import type { ResourceUuid } from '@gdcloud/core';
import { corruptDisk } from '../disks/disk-failures.js';
import { errnoName } from '../files/errno.js';
import type { OpenFile } from '../files/file-system.js';
import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import { generationsIn, recordsOf } from '../share/records/read-records.js';
import { type StepFiles, stepFiles } from '../share/records/step-files.js';
import type { VolumeRecord } from '../share/records/volume-record.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { changeFooters } from '../vhd/change-footers.js';
import { VhdError } from '../vhd/vhd-error.js';
import { baseNameTaken } from './step-failures.js';
import { removePrepared, sweepAttempts } from './sweep-attempts.js';

/** Whether something of a decision is left to do. */
export async function isUnfinished(
  { files, paths }: Share,
  record: VolumeRecord | undefined,
): Promise<boolean> {
  if (record === undefined) return false;
  const { record: published, todo } = stepFiles(paths, record);
  if ((await files.status(todo)) !== undefined) return true;
  // That the two names of this one are gone is not made durable: a loss of power may bring back either.
  return record.step.kind === 'use' && (await files.status(published)) !== undefined;
}

/**
 * Carries out what was decided of a volume, all of it or what is left. May be repeated at any point, by several at a
 * time, and long after it was done: then it finds none of the prepared files and does nothing.
 */
export async function finishStep(
  share: Share,
  record: VolumeRecord,
  checkpoint: Checkpoint,
): Promise<void> {
  const names = stepFiles(share.paths, record);
  if (!(await isUnfinished(share, record))) return;
  // Before anything is done of it: a loss of power must not leave what was done, and forget that it was decided.
  await share.files.syncFolder(recordsOf(share.paths, record.volume));
  if (record.step.kind === 'use') {
    await unlinkIfThere(share.files, names.record);
    await unlinkIfThere(share.files, names.todo);
    return;
  }
  await carryOut(share, record, names, checkpoint);
  await cleanUp(share, record, names);
}

// Ends early where another has come as far as to clean up: then all of it is done.
async function carryOut(
  share: Share,
  { volume, generation, step }: VolumeRecord,
  names: StepFiles,
  checkpoint: Checkpoint,
): Promise<void> {
  const { files, paths } = share;
  const base = await files.status(names.base);
  if (base === undefined || step.kind === 'use') return;
  const kept =
    step.kind === 'branch'
      ? `${paths.folder}/${diskFileName(step.base)}`
      : `${paths.trashFolder}/${volume}.${generation}`;
  const outcome = await linkOnce(files, names.base, kept);
  if (outcome === 'gone') return;
  if (outcome === 'taken') throw baseNameTaken(kept);
  if (step.kind === 'replace') await files.syncFolder(paths.trashFolder);
  checkpoint();
  if (!(await takePlace(share, names, `${paths.folder}/${diskFileName(volume)}`))) return;
  await files.syncFolder(paths.folder);
  if (step.kind !== 'branch') return;
  checkpoint();
  await makeBase(share, kept, { identity: base.identity, uuid: step.base });
  const folder = step.why === 'snapshot' ? paths.snapshotFolder : paths.retiredFolder;
  await linkOnce(files, names.todo, `${folder}/${step.base}`);
  await files.syncFolder(folder);
}

// By a name of its own, so that a loss of power can't take the child along with the name it was renamed from.
async function takePlace({ files }: Share, names: StepFiles, path: string): Promise<boolean> {
  if ((await linkOnce(files, names.child, names.next)) === 'gone') return false;
  try {
    await files.rename(names.next, path);
  } catch (thrown) {
    // Another has renamed it.
    if (errnoName(thrown) !== 'ENOENT') throw thrown;
  }
  return true;
}

/**
 * Gives a base its own uuid and hides it. Only through a handle that is the file the volume had: under its name, by the
 * time this process wakes up, there might be another.
 */
async function makeBase(
  { files }: Share,
  path: string,
  { identity, uuid }: { readonly identity: string; readonly uuid: ResourceUuid },
): Promise<void> {
  let file: OpenFile;
  try {
    file = await files.openForWriting(path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return;
    throw thrown;
  }
  try {
    if ((await file.status()).identity !== identity) return;
    // A server that died has left its last footer overwritten; the volume is free, so it is gone.
    const change = { uuid, visibility: 'hidden' } as const;
    await changeFooters(await vhdOnFile(file), change, { killed: 'replace' });
  } catch (thrown) {
    throw thrown instanceof VhdError ? corruptDisk(path, thrown) : thrown;
  } finally {
    await file.close();
  }
}

async function cleanUp(share: Share, record: VolumeRecord, names: StepFiles): Promise<void> {
  const { files, paths } = share;
  // Before older records go and their names are free again: who still means to publish one finds nothing to publish.
  await sweepAttempts(share, record.volume);
  await removePrepared(share, names);
  await files.syncFolder(paths.temporaryFolder);
  // Only now: where a loss of power brings back any of the others, this one is there to tell of it.
  await unlinkIfThere(files, names.todo);
  const folder = recordsOf(paths, record.volume);
  for (const generation of await generationsIn(share, record.volume)) {
    if (generation < record.generation) await unlinkIfThere(files, `${folder}/${generation}`);
  }
}
