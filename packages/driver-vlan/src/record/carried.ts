import type { DriverCall, NetworkDriver, ResourceUuid } from '@gdcloud/core';
import type { ApplianceRecord } from './appliance-record.js';
import { KnownRecords } from './known-records.js';
import { guarded } from './record-failure.js';
import { type RecordFolder, recordedKeys } from './record-folder.js';
import { stoppingFiles } from './stopping-files.js';

/**
 * What the records of a network say of an element, however many it has. Where something carries networks out,
 * `demandCarried` throws unless it is as the record says: until then an element may be carried that is recorded no more, or
 * the other way round. Without a record that is followed it throws as long as anything of the network is there.
 */
export function carriedIn(
  { folder, files, random }: RecordFolder,
  demandCarried: (
    record: ApplianceRecord | undefined,
    network: ResourceUuid,
    signal: AbortSignal,
  ) => Promise<void>,
): NetworkDriver['carried'] {
  const known = new KnownRecords();
  return (network, element, { signal }: DriverCall) =>
    guarded(signal, 'read', folder, async () => {
      const kept = { folder, files: stoppingFiles(files, signal), random };
      const generations: number[] = [];
      let followed = 0;
      for (const key of await recordedKeys(kept)) {
        if (key.uuid !== network) continue;
        const found = await known.read(kept, key);
        if (found.kind !== 'record' || found.record.state !== 'followed') continue;
        followed += 1;
        await demandCarried(found.record, network, signal);
        const generation = found.record.elements[element];
        if (generation !== undefined) generations.push(generation);
      }
      if (followed === 0) await demandCarried(undefined, network, signal);
      return generations.length === 0 ? undefined : Math.min(...generations);
    });
}
