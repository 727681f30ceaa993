import { resolve } from 'node:path';
import type { ObjectKey } from '@gdcloud/core';
import { type ApplianceRecord, damagedRecord, NO_FENCE, parseObject } from './appliance-record.js';
import type { RecordFiles } from './record-files.js';

/** Both files of a network, in use and taken out of it, the one that counts first. */
const ENDINGS = [
  ['json', 'followed'],
  ['json.aside', 'quarantined'],
  ['plan', 'followed'],
  ['plan.aside', 'quarantined'],
] as const;

/**
 * Reads what earlier releases kept of a network: `<uuid>.json` with the record, `<uuid>.plan` to read. They knew
 * neither epochs nor fences, so it is of the first epoch and older than every caller.
 */
export async function readEarlierRecord(
  files: RecordFiles,
  folder: string,
  key: ObjectKey,
): Promise<ApplianceRecord | undefined> {
  if (key.epoch !== 1) return undefined;
  for (const [ending, state] of ENDINGS) {
    const text = await files.read(`${resolve(folder)}/${key.uuid}.${ending}`);
    if (text !== undefined) return { ...parseEarlier(text), state };
  }
  return undefined;
}

function parseEarlier(text: string): ApplianceRecord {
  const parsed = parseObject(text);
  if (parsed === undefined || !('revision' in parsed && 'plan' in parsed)) {
    return damagedRecord('');
  }
  const { revision, plan } = parsed;
  if (typeof revision !== 'number' || typeof plan !== 'string') return damagedRecord('');
  return { state: 'followed', revision, plan, elements: {}, fence: NO_FENCE };
}
