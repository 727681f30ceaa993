import type { ResourceUuid } from '../model/identity.js';
import type { TrafficByWay } from '../model/traffic.js';

/** What an element of a network, or an account in all its networks, has carried. It never gets less. */
export interface TrafficRecord {
  readonly owner: ResourceUuid;
  /** Of an element: the network whose driver told of it last. */
  readonly network: ResourceUuid | null;
  readonly carried: TrafficByWay;
  /** What the driver told last, which may begin anew. */
  readonly told: TrafficByWay;
  /** When the first was put on record, and the last; milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
}

/** What is on record of a network, before its driver is asked. */
export interface NetworkReading {
  /** Counts the readings that were put on record; 0 before the first. */
  readonly version: number;
  /** When the last was; milliseconds since the epoch. */
  readonly at: number;
  /** Of each of its elements. */
  readonly records: readonly TrafficRecord[];
}

/** A reading of a network's driver, to be put on record. */
export interface NewReading {
  readonly network: ResourceUuid;
  /** The version of the one that it follows, which was read before the driver was asked. */
  readonly after: number;
  readonly at: number;
  /** Of elements that have changed. */
  readonly records: readonly TrafficRecord[];
  /** What its account has carried more. */
  readonly account: ResourceUuid;
  readonly growth: TrafficByWay;
}

/** Keeps what networks have carried, beside their rows: it changes all the time, and is nobody's desired state. */
export interface TrafficRecords {
  /** What is on record of elements and accounts; those of which nothing is are left out. */
  traffic(owners: readonly ResourceUuid[]): Promise<readonly TrafficRecord[]>;
  /** What is on record of a network. */
  trafficOf(network: ResourceUuid): Promise<NetworkReading>;
  /** Puts a reading on record; false, and nothing is written, where somebody else was faster than this one. */
  countTraffic(reading: NewReading): Promise<boolean>;
}
