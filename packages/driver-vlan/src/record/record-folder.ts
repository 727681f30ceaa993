import { resolve } from 'node:path';
import { DriverFailure, type Fence, type ObjectKey, type Random } from '@gdcloud/core';
import { type ApplianceRecord, NO_FENCE, parseRecord } from './appliance-record.js';
import { readEarlierRecord } from './earlier-records.js';
import type { RecordFiles } from './record-files.js';
import {
  parseEntry,
  parseFolderNames,
  type RecordEntry,
  recordName,
  versionName,
} from './record-names.js';

/**
 * The folder where plans are kept. Each key has a folder of its own in it, `<uuid>.<epoch>`, with `life-<chance>`, which
 * shows that the record is there, and versions of the record: `<chance>.<number>.plan`. The highest number counts. A
 * change makes the next number by a link, which fails where somebody else has made it: that is the compare-and-set.
 * What a paused process makes late has a number that is taken or no longer counts, or is of a life that has ended.
 */
export interface RecordFolder {
  readonly folder: string;
  readonly files: RecordFiles;
  readonly random: Random;
}

/** Which version of a record was read. */
export interface RecordVersion {
  readonly life: string;
  readonly version: number;
}

/** What is kept under a key. */
export type Kept =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'record';
      readonly record: ApplianceRecord;
      /** `earlier`: it was written by an earlier release. */
      readonly version: RecordVersion | 'earlier';
    }
  /** A removal that did not come to its end: there is no record, and something to remove. */
  | { readonly kind: 'remains'; readonly fence: Fence; readonly names: readonly string[] };

/** How often a record is sought that changes between the look at its name and the look into it. */
const LOOKS = 5;

/** Reads what is kept under a key. */
export async function readRecord(kept: RecordFolder, key: ObjectKey): Promise<Kept> {
  const { files } = kept;
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const names = await files.names(pathOf(kept, key));
    if (names === undefined) {
      const earlier = await readEarlierRecord(files, kept.folder, key);
      return earlier === undefined
        ? { kind: 'nothing' }
        : { kind: 'record', record: earlier, version: 'earlier' };
    }
    const { life, version } = parseFolderNames(names);
    if (life === undefined || version === 0) return { kind: 'remains', fence: NO_FENCE, names };
    const text = await files.read(`${pathOf(kept, key)}/${versionName(life, version)}`);
    if (text === undefined) continue;
    const record = parseRecord(text);
    return record.state === 'removed'
      ? { kind: 'remains', fence: record.fence, names }
      : { kind: 'record', record, version: { life, version } };
  }
  throw new DriverFailure(
    'unavailable',
    'RecordChanging',
    `${pathOf(kept, key)} changes all the time`,
    { remedy: 'None is needed: it is looked at again.' },
  );
}

/** What is kept in the folder, a key once, in an order that never changes. */
export async function recordedKeys(kept: RecordFolder): Promise<readonly ObjectKey[]> {
  const found = new Map<string, ObjectKey>();
  for (const { uuid, epoch } of await entries(kept)) {
    found.set(recordName({ uuid, epoch }), { uuid, epoch });
  }
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, key]) => key);
}

/** The names in the folder that belong to records. */
export async function entries(
  kept: RecordFolder,
): Promise<readonly (RecordEntry & { readonly path: string })[]> {
  const names = (await kept.files.names(resolve(kept.folder))) ?? [];
  return names.flatMap((name) => {
    const entry = parseEntry(name);
    return entry === undefined ? [] : [{ ...entry, path: `${resolve(kept.folder)}/${name}` }];
  });
}

/** The folder of a key's record. */
export function pathOf(kept: RecordFolder, key: ObjectKey): string {
  return `${resolve(kept.folder)}/${recordName(key)}`;
}

/** A name nobody else uses: what a paused process goes on with must not be taken for its successor's. */
export function chanceOf({ random }: RecordFolder): string {
  return Buffer.from(random.bytes(8)).toString('hex');
}
