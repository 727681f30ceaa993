import { type ConformanceReport, conform } from '@gdcloud/core/testing';
import type { Test } from 'tap';
import { disks } from './disks-subject.js';
import { segments } from './segments-subject.js';
import { servers } from './servers-subject.js';
import { snapshots } from './snapshots-subject.js';

/**
 * Lets the kit examine the drivers of servers, segments, disks and snapshots on pools of a release, in this process: each keeps the
 * contract, and every I/O point is struck by every fault.
 */
export function examineRelease(t: Test, release: string): void {
  // A busy machine takes its time.
  t.setTimeout(1_500_000);
  const keep = 'keep the contract of drivers, whatever happens at any of their calls';
  t.test(`as of ${release}, servers ${keep}`, async (t) => {
    const reboots: string[] = [];
    expectKept(t, await conform(servers({ release, tell: (what) => reboots.push(what) })));
    t.same(reboots, [], 'no server is rebooted more often than asked');
  });
  t.test(`as of ${release}, segments ${keep}`, async (t) => {
    expectKept(t, await conform(segments(release)));
  });
  t.test(`as of ${release}, disks ${keep}`, async (t) => {
    expectKept(t, await conform(disks(release)));
  });
  t.test(`as of ${release}, snapshots ${keep}`, async (t) => {
    expectKept(t, await conform(snapshots(release)));
  });
}

function expectKept(t: Test, report: ConformanceReport): void {
  t.comment(report.text);
  t.same(report.failed, []);
  for (const [fault, { struck, reached }] of Object.entries(report.document.points)) {
    t.ok(reached > 0);
    t.equal(struck, reached, `every I/O point is struck by ${fault}`);
  }
}
