import type { ResourceUuid } from '../../../model/identity.js';
import type { TrafficRecord } from '../../../ports/traffic-records.js';
import type { Finding, Invariant } from '../facts.js';

/** I32: what is told to have been carried was carried. */
export const trafficIsCountedOnce: Invariant = {
  id: 'I32',
  name: 'what is on record as carried never gets less, and is never more than was carried',
  reason:
    'Customers are billed by it: twice what was carried is a wrong bill, and less than last time is a question.',
  watch({ database, outside }) {
    const told = new Map<ResourceUuid, number>();
    const look = (): Finding => {
      for (const record of database.store.trafficRecords()) {
        const { owner, network } = record;
        const packets = packetsOf(record);
        const before = told.get(owner) ?? 0;
        if (packets < before) return `${owner} had carried ${before} packets, and now ${packets}`;
        told.set(owner, packets);
        const passed = outside.meters.passed(owner);
        if (network !== null && packets > passed)
          return `${owner} is said to have carried ${packets} packets, and ${passed} passed`;
      }
      return undefined;
    };
    return { wrote: look, rested: look };
  },
};

function packetsOf({ carried }: TrafficRecord): number {
  return carried.both?.packets ?? carried.in?.packets ?? 0;
}
