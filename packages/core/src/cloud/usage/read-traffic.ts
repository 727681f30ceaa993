import type { ResourceUuid } from '../../model/identity.js';
import {
  addedTraffic,
  grownTraffic,
  isSameTraffic,
  type TrafficByWay,
} from '../../model/traffic.js';
import type { ElementMeter } from '../../ports/drivers/network.js';
import type { NetworkReading, TrafficRecord } from '../../ports/traffic-records.js';

/** What a driver's reading adds to what is on record. */
export interface ReadTraffic {
  /** Of the elements that have changed. */
  readonly records: readonly TrafficRecord[];
  /** What the network's addresses have carried more: all that passes between it and outside. */
  readonly growth: TrafficByWay;
}

/**
 * Adds a reading to what is on record. A driver's count that went down has begun anew, as has one of an element that was
 * last in another network: what it says then is all new. So what is on record never gets less.
 */
export function readTraffic(
  network: ResourceUuid,
  known: readonly TrafficRecord[],
  meters: readonly ElementMeter[],
  now: number,
): ReadTraffic {
  const before = new Map(known.map((record) => [record.owner, record]));
  const records: TrafficRecord[] = [];
  let growth: TrafficByWay = {};
  for (const { element, ...told } of meters) {
    const record = before.get(element);
    const last = record?.network === network ? record.told : {};
    if (record?.network === network && isSameTraffic(last, told)) continue;
    const more = grownTraffic(last, told);
    const { in: into, out } = more;
    growth = addedTraffic(growth, { in: into, out });
    records.push({
      owner: element,
      network,
      carried: addedTraffic(record?.carried ?? {}, more),
      told,
      since: record?.since ?? now,
      until: now,
    });
  }
  return { records, growth };
}

/** The elements of a reading that are not on record for its network: they may be for another. */
export function strangers(
  { records }: NetworkReading,
  meters: readonly ElementMeter[],
): readonly ResourceUuid[] {
  const known = new Set(records.map(({ owner }) => owner));
  return meters.map(({ element }) => element).filter((element) => !known.has(element));
}
