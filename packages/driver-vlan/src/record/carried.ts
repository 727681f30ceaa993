import type { DriverCall, NetworkDriver } from '@gdcloud/core';
import { guarded } from './record-failure.js';
import { type RecordFolder, readRecord, recordedKeys } from './record-folder.js';
import { stoppingFiles } from './stopping-files.js';

/** What the records of a network say of an element. Nothing but the records follows a document in mode `record`. */
export function carriedIn({ folder, files, random }: RecordFolder): NetworkDriver['carried'] {
  return (network, element, { signal }: DriverCall) =>
    guarded(signal, 'read', folder, async () => {
      const kept = { folder, files: stoppingFiles(files, signal), random };
      const generations: number[] = [];
      for (const key of await recordedKeys(kept)) {
        if (key.uuid !== network) continue;
        const found = await readRecord(kept, key);
        const followed = found.kind === 'record' && found.record.state === 'followed';
        const generation = followed ? found.record.elements[element] : undefined;
        if (generation !== undefined) generations.push(generation);
      }
      return generations.length === 0 ? undefined : Math.min(...generations);
    });
}
