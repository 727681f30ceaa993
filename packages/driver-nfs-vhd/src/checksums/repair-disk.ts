import type { ResourceUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { OpenFile } from '../files/file-system.js';
import { makeFolderDurably } from '../files/folders.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { diskFileName } from '../share/share-paths.js';
import { sweepJoins } from '../upkeep/joiner.js';
import { serialNumber } from '../upkeep/subject.js';
import { bitmapBytesOf } from '../vhd/layer.js';
import { openVhd, type Vhd } from '../vhd/open-vhd.js';
import { readExactly, readInto } from '../vhd/reader.js';
import { dataRuns } from '../vhd/zero-runs.js';
import type { BlockSums } from './block-sums.js';
import { findCopies } from './find-copies.js';
import { type OpenDisk, type ScrubbedShare, withDisk } from './scrubbed-share.js';
import { type BlockReading, placeOfBlock } from './sum-blocks.js';
import { type DamagedBlock, verifyDisk } from './verify-disk.js';

/** A block that was repaired, and from which file. */
export interface RepairedBlock {
  readonly block: number;
  readonly from: string;
}

/** How a repair ended. */
export type DiskRepair =
  /** `left` are the blocks that no other file holds any more. */
  | {
      readonly kind: 'repaired';
      readonly blocks: readonly RepairedBlock[];
      readonly left: readonly number[];
    }
  /** Nothing is damaged. */
  | { readonly kind: 'intact' }
  /** No other file holds one of the damaged blocks, or not one of those that can't even be read. */
  | { readonly kind: 'noCopy' }
  /** Structure is damaged, or blocks changed their places: nothing can be gone by. */
  | { readonly kind: 'structure' }
  /** The disk is another file by now, or gone: what was found is of no use. */
  | { readonly kind: 'changed' };

/** What a repair goes by. */
export interface RepairRequest extends BlockReading {
  readonly sums: BlockSums;
  /** Other shares that may have copies. */
  readonly others?: readonly ScrubbedShare[] | undefined;
  readonly signal: AbortSignal;
  /** Of the new file. */
  readonly mode: number;
}

const STEP_BYTES = 1024 * 1024;

/**
 * Mends blocks of a disk from other files that hold them. The file itself is never written to: a new one is made beside it,
 * compared with the sums, and takes its name by `rename`. The old one stays in the trash for those who have it open, and for
 * a person to look at. What reads from the disk is not touched. Stopped at any call, there is the old file or the new one
 * under the name; the same call again finishes it, and sweeps. Reads all of the disk and writes it once.
 */
export async function repairDisk(
  share: ScrubbedShare,
  uuid: ResourceUuid,
  request: RepairRequest,
): Promise<DiskRepair> {
  const { files, paths } = share;
  const path = `${paths.folder}/${diskFileName(uuid)}`;
  const result = await withDisk(files, path, async (file): Promise<DiskRepair> => {
    const vhd = await openVhd(file, { signal: request.signal });
    const verified = await verifyDisk(vhd, request.sums, request);
    if (verified.kind === 'outdated') return { kind: 'changed' };
    if (verified.structure === 'changed' || verified.damaged.some(isMoved))
      return { kind: 'structure' };
    if (verified.damaged.length === 0) return { kind: 'intact' };
    return mend(share, { uuid, path, file, vhd, damaged: verified.damaged }, request);
  });
  return result === 'absent' ? { kind: 'changed' } : result;
}

function isMoved({ what }: DamagedBlock): boolean {
  return what === 'gone' || what === 'appeared';
}

interface Patient {
  readonly uuid: ResourceUuid;
  readonly path: string;
  readonly file: OpenDisk;
  readonly vhd: Vhd;
  readonly damaged: readonly DamagedBlock[];
}

async function mend(
  share: ScrubbedShare,
  patient: Patient,
  request: RepairRequest,
): Promise<DiskRepair> {
  const { files } = share;
  const temporary = await makeReplacement(share, patient.uuid, request.mode);
  let filled: DiskRepair;
  try {
    filled = await fill(share, patient, temporary.file, request);
    request.signal.throwIfAborted();
  } catch (thrown) {
    await unlinkIfThere(files, temporary.path).catch(() => undefined);
    throw thrown;
  } finally {
    await temporary.file.close();
  }
  if (filled.kind !== 'repaired') {
    await unlinkIfThere(files, temporary.path);
    return filled;
  }
  return (await publish(share, patient, temporary.path)) ? filled : { kind: 'changed' };
}

/** Makes the new file whole: mended blocks first, then all else. */
async function fill(
  share: ScrubbedShare,
  patient: Patient,
  target: OpenFile,
  request: RepairRequest,
): Promise<DiskRepair> {
  const { uuid, vhd, damaged } = patient;
  const { sums, signal, others = [] } = request;
  const blocks = damaged.map(({ block }) => block);
  const bitmaps = await bitmapsOf(patient);
  const repaired = new Map<number, RepairedBlock>();
  for await (const copy of findCopies({ uuid, sums, blocks, bitmaps, share, others, signal })) {
    await target.writeAt(copy.bytes, placeOfBlock(vhd, copy.block).position);
    repaired.set(copy.block, { block: copy.block, from: copy.from });
  }
  const rest = damaged.filter(({ block }) => !repaired.has(block));
  // What the system refuses to read can't be taken along.
  if (repaired.size === 0 || rest.some(({ what }) => what === 'unreadable'))
    return { kind: 'noCopy' };
  const left = rest.map(({ block }) => block);
  await copyAround(patient, target, new Set(repaired.keys()), request);
  await target.sync();
  await demandMended(target, sums, left, request);
  return { kind: 'repaired', blocks: [...repaired.values()], left };
}

/** The bitmaps of damaged blocks, which may be intact. */
async function bitmapsOf({ vhd, damaged }: Patient): Promise<ReadonlyMap<number, Uint8Array>> {
  const bitmaps = new Map<number, Uint8Array>();
  if (vhd.kind === 'fixed') return bitmaps;
  const length = bitmapBytesOf(vhd.header.blockBytes);
  for (const { block, what } of damaged) {
    if (what !== 'changed') continue;
    bitmaps.set(block, await readExactly(vhd.file, placeOfBlock(vhd, block).position, length));
  }
  return bitmaps;
}

// A name that joins of files go by too: whoever begins to replace a disk's file removes what others have prepared, so a
// paused one finds nothing to publish.
async function makeReplacement(
  share: ScrubbedShare,
  uuid: ResourceUuid,
  mode: number,
): Promise<{ readonly file: OpenFile; readonly path: string }> {
  const { files, paths, clock, random } = share;
  await makeFolderDurably(files, paths.temporaryFolder);
  await sweepJoins(share, uuid);
  const path = `${paths.temporaryFolder}/${uuid}.join.${serialNumber(clock.now(), random)}`;
  return { file: await files.make(path, mode), path };
}

/** Copies all of a file but the blocks that were mended. Zeros stay holes. */
async function copyAround(
  { file, vhd }: Patient,
  target: OpenFile,
  mended: ReadonlySet<number>,
  { signal, pace }: RepairRequest,
): Promise<void> {
  const gaps = [...mended]
    .map((block) => placeOfBlock(vhd, block))
    .sort((left, right) => left.position - right.position);
  const buffer = Buffer.allocUnsafeSlow(STEP_BYTES);
  let gap = 0;
  for (let at = 0; at < file.sizeBytes; ) {
    signal.throwIfAborted();
    const next = gaps[gap];
    if (next !== undefined && at >= next.position) {
      at = Math.max(at, next.position + next.bytes);
      gap += 1;
      continue;
    }
    const end = Math.min(file.sizeBytes, at + STEP_BYTES, next?.position ?? file.sizeBytes);
    const part = buffer.subarray(0, end - at);
    await pace?.(part.byteLength);
    await readInto(file, part, at);
    for (const run of dataRuns(part)) {
      await target.writeAt(part.subarray(run.start, run.end), at + run.start);
    }
    at = end;
  }
}

async function demandMended(
  file: OpenFile,
  sums: BlockSums,
  left: readonly number[],
  request: RepairRequest,
): Promise<void> {
  const { sizeBytes } = await file.status();
  const readAt = (target: Uint8Array, position: number): Promise<number> =>
    file.readAt(target, position);
  const verified = await verifyDisk(await openVhd({ sizeBytes, readAt }), sums, request);
  const same =
    verified.kind === 'compared' &&
    verified.structure === 'intact' &&
    verified.damaged.every(({ block }) => left.includes(block));
  if (!same) throw new Error('what was written reads differently: the share is not to be trusted');
}

async function publish(
  { files, paths, clock, random }: ScrubbedShare,
  { uuid, path, file }: Patient,
  temporary: string,
): Promise<boolean> {
  await makeFolderDurably(files, paths.trashFolder);
  if ((await files.status(path))?.identity !== file.identity) {
    await unlinkIfThere(files, temporary);
    return false;
  }
  await files.link(path, `${paths.trashFolder}/${uuid}.${serialNumber(clock.now(), random)}`);
  await files.syncFolder(paths.trashFolder);
  try {
    await files.rename(temporary, path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return false;
    throw thrown;
  }
  await files.syncFolder(paths.folder);
  await files.syncFolder(paths.temporaryFolder);
  return true;
}
