import { asFence, type Fence, parseUuid, type ResourceUuid } from '@gdcloud/core';

/**
 * What was decided of a volume, once for each of its generations. It is published by one `link` to
 * `.gdcloud/volume/<volume>/<generation>`, which exactly one of several writers makes; what it says is then done, by
 * whoever looks next, with the files that were prepared for it under names used once.
 */
export interface VolumeRecord {
  readonly volume: ResourceUuid;
  /** 1 for the first decision. A volume without any is `attached` and has had no restores. */
  readonly generation: number;
  /** Of the holder who decided: an older one is refused from then on. */
  readonly fence: Fence;
  /** Whether the file is the driver's alone from here on. Only a volume that is `free` is branched or replaced. */
  readonly use: VolumeUse;
  /** The count of the last restore that was asked for and done; 0 for none. */
  readonly restores: number;
  /** The move by which it is to come to another share; absent where it stays. Only of what is `attached`. */
  readonly leaving?: number | undefined;
  /** The last content that was brought for it; absent where none was. */
  readonly contents?: TakenContent | undefined;
  /** Random, in the names of the prepared files. */
  readonly attempt: string;
  readonly step: VolumeStep;
}

/**
 * The record of a snapshot that was made of what a hypervisor has copied while a server had the volume. It lies in
 * `.gdcloud/snapshot` alone: nothing of the volume was decided, and its generation is that of the volume then, or 1.
 */
export type CopyRecord = Omit<VolumeRecord, 'step'> & { readonly step: CopyStep };

/** What makes a snapshot of a copy: a thin, hidden file that reads from what the copy reads from. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly why: 'snapshot';
  /** The snapshot. */
  readonly base: ResourceUuid;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
  /** A file of the hypervisor's own that holds what the volume held: ours to remove once nothing reads from it. */
  readonly below?: ResourceUuid | undefined;
}

/** Content that was brought for a volume, and what became of it. */
export interface TakenContent {
  /** The count of the contents that were asked for. */
  readonly count: number;
  /** Which it was. As long as anything of it is there, that is to be removed. */
  readonly upload: string;
  /** Why the volume does not hold it; absent where it does, or did. At most 300 characters. */
  readonly refused?: string | undefined;
}

/** Whose a volume's file is: a server's, or the driver's alone. */
export type VolumeUse = 'free' | 'attached';

/**
 * What a decision does to the volume's file. `branch`: the file becomes the base `<base>.vhd`, and a thin child of it takes
 * its place. `replace`: another file takes its place, and it goes to the trash. `use`: nothing.
 */
export type VolumeStep =
  | { readonly kind: 'use' }
  | {
      readonly kind: 'branch';
      readonly why: 'snapshot' | 'grow';
      readonly base: ResourceUuid;
      /** Milliseconds since 1970. */
      readonly takenAt: number;
    }
  | { readonly kind: 'replace'; readonly why: 'restore' | 'grow' | 'join' | 'upload' };

/** A record as it stands in its file: one line of JSON. */
export function encodeVolumeRecord(record: VolumeRecord | CopyRecord): string {
  return `${JSON.stringify({ gdcloudVolume: record })}\n`;
}

/** Reads a record; absent when the text is none. */
export function parseVolumeRecord(text: string): VolumeRecord | CopyRecord | undefined {
  const found = fieldsOf(fieldsOf(parsedJson(text))?.['gdcloudVolume']);
  const step = found === undefined ? undefined : parseStep(fieldsOf(found['step']));
  if (found === undefined || step === undefined) return undefined;
  const { volume, generation, fence, use, restores, attempt } = found;
  const uuid = typeof volume === 'string' ? parseUuid(volume) : undefined;
  if (uuid === undefined || typeof fence !== 'string') return undefined;
  if (use !== 'free' && use !== 'attached') return undefined;
  if (!isCount(generation) || generation < 1 || !isCount(restores)) return undefined;
  if (typeof attempt !== 'string' || !/^[0-9a-f]{32}$/.test(attempt)) return undefined;
  const { leaving } = found;
  if (leaving !== undefined && !isCount(leaving)) return undefined;
  const contents = parseTaken(fieldsOf(found['contents']));
  if (found['contents'] !== undefined && contents === undefined) return undefined;
  const record = {
    volume: uuid,
    generation,
    fence: asFence(fence),
    use,
    restores,
    ...(leaving === undefined ? {} : { leaving }),
    ...(contents === undefined ? {} : { contents }),
    attempt,
  } as const;
  return isCopyStep(step) ? { ...record, step } : { ...record, step };
}

function parseTaken(fields: Fields | undefined): TakenContent | undefined {
  if (fields === undefined) return undefined;
  const { count, upload, refused } = fields;
  if (!isCount(count) || typeof upload !== 'string') return undefined;
  return { count, upload, ...(typeof refused === 'string' ? { refused } : {}) };
}

function parseStep(step: Fields | undefined): VolumeStep | CopyStep | undefined {
  if (step === undefined) return undefined;
  const { kind, why, base, takenAt } = step;
  if (kind === 'use') return { kind };
  if (kind === 'replace' && isReplacing(why)) return { kind, why };
  if (kind === 'copy') return parseCopyStep(step);
  if (kind !== 'branch' || (why !== 'snapshot' && why !== 'grow')) return undefined;
  const uuid = typeof base === 'string' ? parseUuid(base) : undefined;
  return uuid === undefined || !isCount(takenAt) ? undefined : { kind, why, base: uuid, takenAt };
}

type Replacing = Extract<VolumeStep, { readonly kind: 'replace' }>['why'];

function isReplacing(why: unknown): why is Replacing {
  return why === 'restore' || why === 'grow' || why === 'join' || why === 'upload';
}

function parseCopyStep({ why, base, takenAt, below }: Fields): CopyStep | undefined {
  if (why !== 'snapshot' || typeof base !== 'string' || !isCount(takenAt)) return undefined;
  const uuid = parseUuid(base);
  const node = typeof below === 'string' ? parseUuid(below) : undefined;
  if (uuid === undefined || (below !== undefined && node === undefined)) return undefined;
  return { kind: 'copy', why, base: uuid, takenAt, ...(node && { below: node }) };
}

function isCopyStep(step: VolumeStep | CopyStep): step is CopyStep {
  return step.kind === 'copy';
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
