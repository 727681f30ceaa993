import type { NetworkDriver } from '@gdcloud/core';
import { namespaceName } from '../plan/plan-names.js';
import { type RecordFolder, readRecord, recordedKeys } from '../record/record-folder.js';
import type { Carrier } from './carrier.js';
import { markOfLine } from './mark-line.js';

/**
 * Tells of networks that are on record and not carried so, as after a loss of power or in a new sandbox: once, when it
 * begins. From then on it tells what the carrier finds: repairs of its audits, and the health of servers.
 */
export function watchNetworks(
  kept: RecordFolder,
  carrier: Pick<Carrier, 'readyMark' | 'watch'>,
): NonNullable<NetworkDriver['watch']> {
  return async (changed, { signal }) => {
    for (const key of await recordedKeys(kept)) {
      const found = await readRecord(kept, key);
      if (found.kind !== 'record' || found.record.state !== 'followed') continue;
      // What can't be looked at now is looked at in its turn.
      const ready = await carrier.readyMark(namespaceName(key.uuid), signal).catch(() => 'unknown');
      if (signal.aborted) return;
      if (ready !== 'unknown' && ready !== markOfLine(found.record.plan)) changed(key.uuid);
    }
    await carrier.watch(changed, signal);
  };
}
