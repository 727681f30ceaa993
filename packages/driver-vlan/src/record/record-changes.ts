import { resolve } from 'node:path';
import type { Fence, ObjectKey } from '@gdcloud/core';
import { type ApplianceRecord, encodeRecord } from './appliance-record.js';
import {
  chanceOf,
  entries,
  pathOf,
  type RecordFolder,
  type RecordVersion,
  readRecord,
} from './record-folder.js';
import {
  lifeName,
  parseFolderNames,
  type RecordEntry,
  unfinishedName,
  versionName,
} from './record-names.js';
import { notThere, outdated, overtaken, superseded } from './record-refusals.js';

/**
 * Makes a record, whole and durable. One that is there already is left as it is, and returned. Throws `rejected` where it
 * is of a newer caller or a later revision.
 */
export async function createRecord(
  kept: RecordFolder,
  key: ObjectKey,
  record: ApplianceRecord,
): Promise<ApplianceRecord> {
  const found = await readRecord(kept, key);
  if (found.kind === 'record') {
    demandNotOlder(found.record, record);
    return found.record;
  }
  if (found.kind === 'remains') {
    demandFence(found.fence, record.fence);
    await removeRemains(kept, key, found.names);
  }
  await sweep(kept, key, ['unfinished']);
  if ((await make(kept, key, record)) === 'made') return record;
  const other = await readRecord(kept, key);
  if (other.kind !== 'record') throw overtaken();
  demandNotOlder(other.record, record);
  return other.record;
}

/**
 * Replaces a record. Throws `rejected` where there is none, where it is of a newer caller or a later revision, and
 * where another call was quicker.
 */
export async function updateRecord(
  kept: RecordFolder,
  key: ObjectKey,
  record: ApplianceRecord,
): Promise<void> {
  const found = await readRecord(kept, key);
  if (found.kind !== 'record') throw notThere();
  demandNotOlder(found.record, record);
  if (encodeRecord(found.record) === encodeRecord(record) && found.version !== 'earlier') return;
  await write(kept, key, found.version, record);
}

/** Takes a record out of use. Nothing there is success. Throws `rejected` as {@link updateRecord} does. */
export async function quarantineRecord(
  kept: RecordFolder,
  key: ObjectKey,
  fence: Fence,
): Promise<void> {
  const found = await readRecord(kept, key);
  if (found.kind !== 'record') return;
  demandFence(found.record.fence, fence);
  if (found.record.state === 'quarantined') return;
  await write(kept, key, found.version, { ...found.record, state: 'quarantined', fence });
}

/** Removes all that is kept under a key. Nothing there is success. Throws `rejected` as {@link updateRecord} does. */
export async function removeRecord(
  kept: RecordFolder,
  key: ObjectKey,
  fence: Fence,
): Promise<void> {
  const found = await readRecord(kept, key);
  if (found.kind === 'remains') demandFence(found.fence, fence);
  if (found.kind === 'record') {
    demandFence(found.record.fence, fence);
    // From here on nobody changes it any more: to change it, one would have to be the next after this version.
    if (found.version !== 'earlier') {
      await replace(kept, key, found.version, {
        ...found.record,
        state: 'removed',
        plan: '',
        fence,
      });
    }
  }
  // Before the folder goes, so that nothing older comes to light.
  await sweep(kept, key, ['unfinished', 'earlier']);
  // What is there now may be a later caller's: only what was looked into is removed.
  const now = await readRecord(kept, key);
  if (now.kind === 'remains' && now.fence <= fence) await removeRemains(kept, key, now.names);
}

async function write(
  kept: RecordFolder,
  key: ObjectKey,
  version: RecordVersion | 'earlier',
  record: ApplianceRecord,
): Promise<void> {
  if (version !== 'earlier') return replace(kept, key, version, record);
  if ((await make(kept, key, record)) === 'taken') throw overtaken();
  await sweep(kept, key, ['earlier']);
}

// The folder gets its name together with all that is in it, and only where no other folder with anything in it has it.
async function make(
  kept: RecordFolder,
  key: ObjectKey,
  record: ApplianceRecord,
): Promise<'made' | 'taken'> {
  const { files } = kept;
  const life = chanceOf(kept);
  const unfinished = `${resolve(kept.folder)}/${unfinishedName(key, life)}`;
  await files.makeFolder(unfinished);
  await files.write(`${unfinished}/${lifeName(life)}`, '');
  await files.write(`${unfinished}/${versionName(life, 1)}`, encodeRecord(record));
  await files.syncFolder(unfinished);
  try {
    await files.rename(unfinished, pathOf(kept, key));
  } catch (thrown) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(thrown))) throw thrown;
    await removeFolder(kept, unfinished);
    return 'taken';
  }
  await files.syncFolder(resolve(kept.folder));
  return 'made';
}

async function replace(
  kept: RecordFolder,
  key: ObjectKey,
  { life, version }: RecordVersion,
  record: ApplianceRecord,
): Promise<void> {
  const { files } = kept;
  const folder = pathOf(kept, key);
  const temporary = `${folder}/${chanceOf(kept)}.tmp`;
  const name = versionName(life, version + 1);
  try {
    await files.write(temporary, encodeRecord(record));
    await files.link(temporary, `${folder}/${name}`);
  } catch (thrown) {
    // Taken: there is a next version. Not there: the record has gone, or whoever made the next one has tidied up.
    if (!['EEXIST', 'ENOENT'].includes(codeOf(thrown))) throw thrown;
    await files.remove(temporary);
    throw overtaken();
  }
  await files.syncFolder(folder);
  const now = parseFolderNames((await files.names(folder)) ?? []);
  // The number was free because it no longer counts: later ones have come, or another life.
  if (now.life !== life || now.version !== version + 1) {
    await files.remove(temporary);
    await files.remove(`${folder}/${name}`);
    throw overtaken();
  }
  for (const other of now.names) {
    if (other !== lifeName(life) && other !== name) await files.remove(`${folder}/${other}`);
  }
}

// Names of a life are never used again, so a late call that goes on here touches no later record.
async function removeRemains(
  kept: RecordFolder,
  key: ObjectKey,
  names: readonly string[],
): Promise<void> {
  const { files } = kept;
  const folder = pathOf(kept, key);
  const { life } = parseFolderNames(names);
  if (life !== undefined) {
    // First and durable: without it the versions count for nothing, in whatever order they go.
    await files.remove(`${folder}/${lifeName(life)}`);
    await unlessGone(() => files.syncFolder(folder));
  }
  for (const name of names) await files.remove(`${folder}/${name}`);
  await removeEmpty(kept, folder);
  await files.syncFolder(resolve(kept.folder));
}

async function sweep(
  kept: RecordFolder,
  key: ObjectKey,
  kinds: readonly RecordEntry['kind'][],
): Promise<void> {
  let swept = 0;
  for (const { uuid, epoch, kind, path } of await entries(kept)) {
    if (uuid !== key.uuid || epoch !== key.epoch || !kinds.includes(kind)) continue;
    swept += 1;
    if (kind === 'earlier') await kept.files.remove(path);
    else await removeFolder(kept, path);
  }
  if (swept > 0) await kept.files.syncFolder(resolve(kept.folder));
}

async function removeFolder(kept: RecordFolder, folder: string): Promise<void> {
  for (const name of (await kept.files.names(folder)) ?? []) {
    await kept.files.remove(`${folder}/${name}`);
  }
  await removeEmpty(kept, folder);
}

// What somebody puts into it meanwhile is seen by the next look.
async function removeEmpty({ files }: RecordFolder, folder: string): Promise<void> {
  try {
    await files.removeFolder(folder);
  } catch (thrown) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(thrown))) throw thrown;
  }
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

function demandNotOlder(found: ApplianceRecord, offered: ApplianceRecord): void {
  demandFence(found.fence, offered.fence);
  if (found.revision <= offered.revision) return;
  throw outdated(offered.revision, found.revision);
}

function demandFence(found: Fence, offered: Fence): void {
  if (found <= offered) return;
  throw superseded();
}
