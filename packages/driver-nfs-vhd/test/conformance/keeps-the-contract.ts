import type { DiskFileActual, Driver, StorageDriver } from '@gdcloud/core';
import { conform, type Level } from '@gdcloud/core/testing';
import t, { test } from 'tap';
import { type ShareCase, shareSubject } from './share-subject.js';

/** A case, and what of the kit is tried on it. */
type Trial<Desired> = Omit<ShareCase<Desired>, 'disks' | 'visibility'> & {
  readonly levels: readonly Level[];
};

/** Runs the conformance kit on a driver of the share in each of its worlds. */
export function keepsTheContract<Desired>(
  name: string,
  disks: (driver: StorageDriver) => Driver<Desired, DiskFileActual>,
  visibility: 'hidden' | 'visible',
  trials: readonly Trial<Desired>[],
): void {
  // A busy machine takes its time.
  t.setTimeout(600_000);
  for (const { levels, ...one } of trials) {
    const subject = [
      name,
      one.before,
      one.away,
      one.death,
      ...(one.users === 'none' ? ['changed'] : []),
    ].join('-');
    test(`the driver of ${name} keeps the contract: ${subject}`, async (t) => {
      // More than one page of a list.
      const options = { levels, manyObjects: 120 };
      const report = await conform(shareSubject(subject, { ...one, disks, visibility }), options);
      t.comment(report.text);
      report.assert();
      for (const { struck, reached } of Object.values(report.document.points)) {
        t.ok(reached > 0);
        t.equal(struck, reached, 'every I/O point was struck');
      }
    });
  }
}
