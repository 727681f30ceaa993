import type { Fence, ResourceUuid } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { makeFile, unlinkIfThere } from '../files/publish-file.js';
import { readVolumeState, recordsOf, type VolumeState } from '../share/records/read-records.js';
import { type StepFiles, stepFiles } from '../share/records/step-files.js';
import {
  encodeVolumeRecord,
  type VolumeRecord,
  type VolumeStep,
} from '../share/records/volume-record.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import type { NewVhd } from '../vhd/new-vhd.js';
import { finishStep } from './finish-step.js';
import { decidedElsewhere, fenced, volumeInUse } from './step-failures.js';
import { removePrepared, sweepAttempts } from './sweep-attempts.js';

/** What is to be decided of a volume. Where it says nothing of `contents`, they stay what they were. */
export type StepPlan = Pick<VolumeRecord, 'use' | 'restores' | 'leaving' | 'contents'> & StepOrder;

type StepOrder =
  | { readonly step: Extract<VolumeStep, { readonly kind: 'use' }>; readonly child?: undefined }
  | {
      readonly step: Exclude<VolumeStep, { readonly kind: 'use' }>;
      /** What takes the place of the volume's file: made now, or written before under a name that is used once. */
      readonly child: NewVhd | { readonly prepared: string };
      /** As in `Publication`: of what the child reads from. */
      readonly demand?: (() => Promise<void>) | undefined;
    };

/** Of the volume's own files: servers only write them, as root. */
const MODE = 0o600;

/** Reads the last decision of a volume, and finishes what is left to do of it. */
export async function settledState(
  share: Share,
  volume: ResourceUuid,
  checkpoint: Checkpoint,
): Promise<VolumeState> {
  const state = await readVolumeState(share, volume);
  if (state.record !== undefined) await finishStep(share, state.record, checkpoint);
  return state;
}

/**
 * Decides the next step of a volume and carries it out. `state` and `plan` are made of what was looked at since the last
 * step was finished ({@link settledState}). Exactly one of several who decide on the same state succeeds, the others are `Overtaken`.
 * Throws DriverFailure: `Fenced` for an older holder, `VolumeInUse` where the file is not the driver's alone.
 */
export async function decideStep(
  share: Share,
  volume: ResourceUuid,
  state: VolumeState,
  plan: StepPlan,
  fence: Fence,
  checkpoint: Checkpoint,
): Promise<void> {
  const path = `${share.paths.folder}/${diskFileName(volume)}`;
  demandDecidable(path, state, plan, fence);
  // Durably: nothing tells of them once there is a later decision.
  if ((await sweepAttempts(share, volume)) > 0)
    await share.files.syncFolder(share.paths.temporaryFolder);
  if (state.generation === 0) await makeRecordFolders(share, volume);
  const contents = plan.contents ?? state.record?.contents;
  const record: VolumeRecord = {
    volume,
    generation: state.generation + 1,
    fence,
    use: plan.use,
    restores: plan.restores,
    ...(plan.leaving === undefined ? {} : { leaving: plan.leaving }),
    ...(contents === undefined ? {} : { contents }),
    attempt: Buffer.from(share.random.bytes(16)).toString('hex'),
    step: plan.step,
  };
  const names = stepFiles(share.paths, record);
  try {
    await prepare(share, record, plan, names, checkpoint);
    checkpoint();
    await lookAgain(share, record, names, path);
  } catch (thrown) {
    // Best effort: it is swept by the next try. The failure to report is the first one.
    await giveUp(share, names).catch(() => undefined);
    throw thrown;
  }
  if (!(await publish(share, record, names))) {
    await giveUp(share, names);
    throw decidedElsewhere(path);
  }
  await finishStep(share, record, checkpoint);
}

/** Throws `Fenced` where a newer holder has decided something of the volume. */
export function demandNewest(path: string, { record }: VolumeState, fence: Fence): void {
  if (record !== undefined && fence < record.fence) throw fenced(path);
}

function demandDecidable(path: string, state: VolumeState, plan: StepPlan, fence: Fence): void {
  demandNewest(path, state, fence);
  if (plan.step.kind !== 'use' && state.record?.use !== 'free') throw volumeInUse(path);
}

/**
 * Makes the folders that decisions need, durably: a record that is there says that they are. Once for a volume, before
 * its first.
 */
async function makeRecordFolders(share: Share, volume: ResourceUuid): Promise<void> {
  const { files, paths } = share;
  const { volumeFolder } = paths;
  await makeBaseFolders(share);
  await files.makeFolder(recordsOf(paths, volume));
  await files.syncFolder(volumeFolder);
}

/** Makes the folders that records of bases need, durably. */
export async function makeBaseFolders({ files, paths }: Share): Promise<void> {
  const { temporaryFolder, volumeFolder, snapshotFolder, retiredFolder, trashFolder } = paths;
  for (const folder of [temporaryFolder, volumeFolder, snapshotFolder, retiredFolder, trashFolder])
    await files.makeFolder(folder);
  await files.syncFolder(paths.ownFolder);
}

async function prepare(
  share: Share,
  record: VolumeRecord,
  plan: StepPlan,
  names: StepFiles,
  checkpoint: Checkpoint,
): Promise<void> {
  const { files, paths } = share;
  const path = `${paths.folder}/${diskFileName(record.volume)}`;
  // First, so that the volume's file has a second name for as long as anything of this is there.
  if (plan.child !== undefined) {
    await prepareName(share, path, names.base);
    if ('prepared' in plan.child) await prepareName(share, plan.child.prepared, names.child);
    else {
      const { child: content, demand } = plan;
      const child = { temporary: names.child, mode: MODE, content, demand };
      await makeFile(files, child, checkpoint);
    }
  }
  const content = { pieces: [{ position: 0, bytes: Buffer.from(encodeVolumeRecord(record)) }] };
  await makeFile(files, { temporary: names.record, mode: 0o644, content }, checkpoint);
  // Who sweeps takes the record away before it looks what was decided: this stays to tell that it may not be durable.
  await prepareName(share, names.record, names.todo);
  // Where nothing is to be done of it, a loss of power leaves nothing to finish.
  if (plan.child !== undefined) await files.syncFolder(paths.temporaryFolder);
}

// What is to get the name is gone: the volume was removed, or another has swept what was prepared.
async function prepareName(share: Share, existing: string, name: string): Promise<void> {
  const outcome = await linkOnce(share.files, existing, name);
  if (outcome === 'gone' || outcome === 'taken') throw decidedElsewhere(existing);
}

// Whoever decided meanwhile has swept what was prepared, or else it was prepared afterwards, and then this shows it.
async function lookAgain(
  share: Share,
  record: VolumeRecord,
  names: StepFiles,
  path: string,
): Promise<void> {
  const { files } = share;
  const now = await files.status(path);
  if (now === undefined) throw decidedElsewhere(path);
  if (record.step.kind !== 'use') {
    const base = await files.status(names.base);
    if (base?.identity !== now.identity) throw decidedElsewhere(path);
  }
  const { generation } = await readVolumeState(share, record.volume);
  if (generation !== record.generation - 1) throw decidedElsewhere(path);
}

async function publish(share: Share, record: VolumeRecord, names: StepFiles): Promise<boolean> {
  const folder = recordsOf(share.paths, record.volume);
  const outcome = await linkOnce(share.files, names.record, `${folder}/${record.generation}`);
  if (outcome === 'gone' || outcome === 'taken') {
    // Or it was ours, and another has carried it out by now.
    const state = await readVolumeState(share, record.volume);
    if (state.record?.attempt !== record.attempt) return false;
  }
  return true;
}

async function giveUp(share: Share, names: StepFiles): Promise<void> {
  await removePrepared(share, names);
  await unlinkIfThere(share.files, names.todo);
}
