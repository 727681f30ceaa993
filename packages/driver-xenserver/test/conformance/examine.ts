import { type ConformanceReport, type ConformOptions, conform } from '@gdcloud/core/testing';
import { disks } from './disks-subject.js';
import { segments } from './segments-subject.js';
import { servers } from './servers-subject.js';
import { snapshots } from './snapshots-subject.js';

/** What the kit says of the servers, and each time that one was rebooted more often than it was asked to be. */
export interface ServersReport {
  readonly report: ConformanceReport;
  readonly reboots: readonly string[];
}

/** Lets the kit examine the driver of servers, on a pool in this process. */
export async function examineServers(options?: ConformOptions): Promise<ServersReport> {
  const reboots: string[] = [];
  const report = await conform(
    servers((what) => reboots.push(what)),
    options,
  );
  return { report, reboots };
}

/** Lets the kit examine the driver of segments, on a pool in this process. */
export function examineSegments(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(segments, options);
}

/** Lets the kit examine the driver of disks, on a pool in this process. */
export function examineDisks(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(disks, options);
}

/** Lets the kit examine the driver of snapshots, on a pool in this process. */
export function examineSnapshots(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(snapshots, options);
}
