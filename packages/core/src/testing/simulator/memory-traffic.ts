import type { ResourceUuid } from '../../model/identity.js';
import { addedTraffic } from '../../model/traffic.js';
import type { NetworkReading, NewReading, TrafficRecord } from '../../ports/traffic-records.js';

/** What networks have carried, as the SQL store keeps it. */
export class MemoryTraffic {
  readonly #records = new Map<ResourceUuid, TrafficRecord>();
  readonly #readings = new Map<ResourceUuid, { readonly version: number; readonly at: number }>();

  /** Takes over everything from another. */
  takeOver(other: MemoryTraffic): void {
    for (const [owner, record] of other.#records) this.#records.set(owner, record);
    for (const [network, reading] of other.#readings) this.#readings.set(network, reading);
  }

  /** Everything that is on record. */
  get all(): Iterable<TrafficRecord> {
    return this.#records.values();
  }

  traffic(owners: readonly ResourceUuid[]): readonly TrafficRecord[] {
    return owners.flatMap((owner) => this.#records.get(owner) ?? []);
  }

  trafficOf(network: ResourceUuid): NetworkReading {
    const records = [...this.#records.values()].filter((record) => record.network === network);
    return { ...(this.#readings.get(network) ?? { version: 0, at: 0 }), records };
  }

  countTraffic({ network, after, at, records, account, growth }: NewReading): boolean {
    if ((this.#readings.get(network)?.version ?? 0) !== after) return false;
    this.#readings.set(network, { version: after + 1, at });
    for (const record of records)
      this.#records.set(record.owner, {
        ...record,
        since: this.#records.get(record.owner)?.since ?? record.since,
      });
    if (Object.keys(growth).length === 0) return true;
    const known = this.#records.get(account);
    this.#records.set(account, {
      owner: account,
      network: null,
      carried: addedTraffic(known?.carried ?? {}, growth),
      told: {},
      since: known?.since ?? at,
      until: Math.max(at, known?.until ?? at),
    });
    return true;
  }

  /** Forgets what belonged to these. */
  forget(owners: Iterable<ResourceUuid>): void {
    for (const owner of owners) {
      this.#records.delete(owner);
      this.#readings.delete(owner);
    }
  }
}
