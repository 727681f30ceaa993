import { DriverFailure, parseUuid, type ResourceUuid } from '@gdcloud/core';
import { namesIfThere } from '../../files/names-if-there.js';
import { readText } from '../../files/read-text.js';
import type { Share } from '../share.js';
import type { SharePaths } from '../share-paths.js';
import { type CopyRecord, parseVolumeRecord, type VolumeRecord } from './volume-record.js';

const MOST_RECORD_BYTES = 4096;
// Each try that fails means that another decision was made meanwhile.
const TRIES = 5;

/** How far a volume has come. */
export interface VolumeState {
  /** 0 before the first decision. */
  readonly generation: number;
  /** The last decision; absent before the first. */
  readonly record?: VolumeRecord | undefined;
}

/** The folder of a volume's records. */
export function recordsOf({ volumeFolder }: SharePaths, volume: ResourceUuid): string {
  return `${volumeFolder}/${volume}`;
}

/** Reads the last decision of a volume. Throws DriverFailure `CorruptRecord`. */
export async function readVolumeState(share: Share, volume: ResourceUuid): Promise<VolumeState> {
  const folder = recordsOf(share.paths, volume);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const generation = (await generationsIn(share, volume)).reduce(greater, 0);
    if (generation === 0) return { generation };
    const path = `${folder}/${generation}`;
    const record = await readRecord(share, path);
    if (record === undefined) continue;
    if (isCopy(record)) throw corruptRecord(path);
    if (record.volume !== volume || record.generation !== generation) throw corruptRecord(path);
    return { generation, record };
  }
  throw new DriverFailure('unavailable', 'VolumeBusy', `${folder} changes faster than it is read`, {
    remedy: 'None is needed: it is tried again.',
  });
}

// One by one: as arguments of one call, as many as somebody may have put there are too many.
function greater(left: number, right: number): number {
  return Math.max(left, right);
}

/** The generations of a volume that have a record still, in no order. */
export async function generationsIn(
  { files, paths }: Share,
  volume: ResourceUuid,
): Promise<readonly number[]> {
  const names = await namesIfThere(files, recordsOf(paths, volume));
  return names.filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number);
}

/** The record of a snapshot that was taken; absent for every other. Throws DriverFailure `CorruptRecord`. */
export async function readSnapshotRecord(
  share: Share,
  snapshot: ResourceUuid,
): Promise<BaseRecord | undefined> {
  return baseRecord(share, `${share.paths.snapshotFolder}/${snapshot}`);
}

/** The record of a base that nobody asks for by itself any more; absent for every other file. Throws like the above. */
export async function readRetiredRecord(
  share: Share,
  base: ResourceUuid,
): Promise<BaseRecord | undefined> {
  return baseRecord(share, `${share.paths.retiredFolder}/${base}`);
}

/** The bases that have a record in a folder: `snapshotFolder` or `retiredFolder`. */
export async function basesIn(
  { files }: Share,
  folder: string,
): Promise<ReadonlySet<ResourceUuid>> {
  const uuids = (await namesIfThere(files, folder)).map(parseUuid);
  return new Set(uuids.filter((uuid) => uuid !== undefined));
}

/** The decision that made a file a base. */
export type BranchRecord = VolumeRecord & {
  readonly step: Extract<VolumeRecord['step'], { readonly kind: 'branch' }>;
};

/** What is recorded of a base. */
export type BaseRecord = BranchRecord | CopyRecord;

/** Whether it is of a snapshot that was made of a hypervisor's copy. */
export function isCopy(record: VolumeRecord | CopyRecord): record is CopyRecord {
  return record.step.kind === 'copy';
}

/** Whether a decision made a file a base. */
export function isBranch(record: VolumeRecord): record is BranchRecord {
  return record.step.kind === 'branch';
}

async function baseRecord(share: Share, path: string): Promise<BaseRecord | undefined> {
  const record = await readRecord(share, path);
  if (record === undefined || isCopy(record) || isBranch(record)) return record;
  throw corruptRecord(path);
}

async function readRecord(
  { files }: Share,
  path: string,
): Promise<VolumeRecord | CopyRecord | undefined> {
  const text = await readText(files, path, MOST_RECORD_BYTES);
  if (text === undefined) return undefined;
  const record = parseVolumeRecord(text);
  if (record === undefined) throw corruptRecord(path);
  return record;
}

function corruptRecord(path: string): DriverFailure {
  return new DriverFailure('rejected', 'CorruptRecord', `${path} is no record of a volume`, {
    remedy: `Look what was put at ${path}; what was decided of the volume is in it.`,
  });
}
