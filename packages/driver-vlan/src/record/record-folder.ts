import { resolve } from 'node:path';
import { DriverFailure, parseUuid, type Random, type ResourceUuid } from '@gdcloud/core';
import { type ApplianceRecord, encodeRecord, parseRecord } from './appliance-record.js';
import type { RecordFiles } from './record-files.js';

/** What the name of a file ends in that was taken out of use. */
const ASIDE = '.aside';

/** The folder where plans are kept, two files for each network: `<uuid>.json`, which counts, and `<uuid>.plan` to read. */
export interface RecordFolder {
  readonly folder: string;
  readonly files: RecordFiles;
  readonly random: Random;
}

/** What is kept of a network. `damaged` counts as nothing: it is made anew from the document. */
export type Kept =
  | { readonly kind: 'record'; readonly record: ApplianceRecord }
  | { readonly kind: 'damaged' | 'nothing' };

/** Reads what is kept of a network. */
export async function readRecord(kept: RecordFolder, network: ResourceUuid): Promise<Kept> {
  const text = await kept.files.read(pathOf(kept, network, 'json'));
  if (text === undefined) return { kind: 'nothing' };
  const record = parseRecord(text);
  return record === undefined ? { kind: 'damaged' } : { kind: 'record', record };
}

/** Reads the copy of the plan that is there to be read. */
export function readPlanCopy(
  kept: RecordFolder,
  network: ResourceUuid,
): Promise<string | undefined> {
  return kept.files.read(pathOf(kept, network, 'plan'));
}

/**
 * Keeps a record: afterwards both files are there, whole and durable. Throws `rejected` when what is kept is of a later
 * revision. The check comes before the write, so a process that pauses in between can still put an older record over a
 * newer one; the next look shows it.
 */
export async function writeRecord(
  kept: RecordFolder,
  network: ResourceUuid,
  record: ApplianceRecord,
  checkpoint: () => void,
): Promise<void> {
  await kept.files.makeFolder(resolve(kept.folder));
  await sweep(kept, network);
  const found = await readRecord(kept, network);
  if (found.kind === 'record' && found.record.revision > record.revision) {
    throw outdated(record.revision, found.record.revision);
  }
  checkpoint();
  await replace(kept, network, 'plan', record.plan);
  // Last, because it is what counts.
  await replace(kept, network, 'json', encodeRecord(record));
  await kept.files.syncFolder(resolve(kept.folder));
}

/** Removes what is kept of a network. Nothing there is success. */
export async function removeRecord(kept: RecordFolder, network: ResourceUuid): Promise<void> {
  await sweep(kept, network);
  await kept.files.remove(pathOf(kept, network, 'plan'));
  await kept.files.remove(pathOf(kept, network, 'json'));
  await kept.files.remove(pathOf(kept, network, `plan${ASIDE}`));
  await kept.files.remove(pathOf(kept, network, `json${ASIDE}`));
  if ((await kept.files.names(resolve(kept.folder))).length > 0)
    await kept.files.syncFolder(resolve(kept.folder));
}

/**
 * Takes a record out of use: it gets another name, and what reads plans finds none any more. Nothing there is success,
 * as is an earlier try that stopped half-way.
 */
export async function setRecordAside(kept: RecordFolder, network: ResourceUuid): Promise<void> {
  let moved = 0;
  // First what counts: a plan without its record is followed by nobody.
  for (const ending of ['json', 'plan']) {
    const path = pathOf(kept, network, ending);
    if ((await kept.files.read(path)) === undefined) continue;
    await kept.files.rename(path, pathOf(kept, network, `${ending}${ASIDE}`));
    moved += 1;
  }
  if (moved > 0) await kept.files.syncFolder(resolve(kept.folder));
}

/** Whether a record of a network was taken out of use. */
export async function isSetAside(kept: RecordFolder, network: ResourceUuid): Promise<boolean> {
  for (const ending of ['json', 'plan']) {
    const path = pathOf(kept, network, `${ending}${ASIDE}`);
    if ((await kept.files.read(path)) !== undefined) return true;
  }
  return false;
}

/** The networks of which anything is kept, in order. */
export async function recordedNetworks(kept: RecordFolder): Promise<readonly ResourceUuid[]> {
  const found = new Set<ResourceUuid>();
  for (const name of await kept.files.names(resolve(kept.folder))) {
    const uuid = parseUuid(name.split('.')[0] ?? '');
    if (uuid !== undefined) found.add(uuid);
  }
  return [...found].sort();
}

async function replace(
  kept: RecordFolder,
  network: ResourceUuid,
  ending: string,
  text: string,
): Promise<void> {
  const path = pathOf(kept, network, ending);
  // A name nobody else uses: a paused process must not rename what its successor has half written.
  const temporary = `${path}.${Buffer.from(kept.random.bytes(8)).toString('hex')}.tmp`;
  await kept.files.write(temporary, text);
  await kept.files.rename(temporary, path);
}

// Temporary files of an earlier try that did not come to its end.
async function sweep(kept: RecordFolder, network: ResourceUuid): Promise<void> {
  const folder = resolve(kept.folder);
  for (const name of await kept.files.names(folder)) {
    if (name.startsWith(`${network}.`) && name.endsWith('.tmp'))
      await kept.files.remove(`${folder}/${name}`);
  }
}

function pathOf(kept: RecordFolder, network: ResourceUuid, ending: string): string {
  return `${resolve(kept.folder)}/${network}.${ending}`;
}

function outdated(offered: number, kept: number): DriverFailure {
  return new DriverFailure(
    'rejected',
    'DocumentOutdated',
    `revision ${offered} is older than the recorded ${kept}`,
    {
      remedy: 'None is needed: another process has carried a later change already.',
    },
  );
}
