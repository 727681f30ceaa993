import { CHECKS, type ConformanceReport, conform, type Subject } from '@gdcloud/core/testing';
import type { Test } from 'tap';
import type { Hear } from './line.js';
import { Transcripts } from './transcripts.js';

/** The release that `latest` tests examine: another one where the environment names one. */
export const NEWEST = process.env['GDCLOUD_XAPI_AS_OF'] ?? 'latest';
/** What asks the very same as the newest, where that is the newest. */
export const LIKE_NEWEST: readonly string[] = NEWEST === 'latest' ? ['clearwater'] : [];

/** Makes what is examined, as of a release; `begin` is called for each of its pools. */
export type SubjectOf<Desired, Actual> = (
  release: string,
  begin: () => Hear,
) => Subject<Desired, Actual>;

/** The two after which it is the pool's word that tells a driver what has happened. */
const TELLING = ['crash-after', 'lost-reply'] as const;

/** The contract, walks without faults, and those two faults at every I/O point. */
const OF_THE_ALIKE = CHECKS.map(({ id }) => id).filter(
  (id) =>
    !id.startsWith('fault-') || /-(reaches-points|unrecorded|crash-after|lost-reply)$/.test(id),
);

/**
 * Lets the kit examine drivers on pools as of `release`, in this process: they keep the contract, and every I/O point is
 * struck by every fault. So they are as of each of the releases `alike`, where the driver asks the very same: there,
 * the contract and the two faults that leave most to be found out are tried at every I/O point, and each pool must
 * have been asked word for word what one of `release` was asked. The other faults would say nothing new: what the driver
 * does after them it decides by the same code, on answers of which it has just been shown that it takes them alike.
 */
export function examine<Desired, Actual>(
  t: Test,
  what: string,
  subjectOf: SubjectOf<Desired, Actual>,
  release: string,
  ...alike: readonly string[]
): void {
  // A busy machine takes its time.
  t.setTimeout(1_500_000);
  const whole = new Transcripts();
  const keep = 'keep the contract of drivers, whatever happens at any of their calls';
  t.test(`as of ${release}, ${what} ${keep}`, async (t) => {
    expectKept(t, await conform(subjectOf(release, whole.begin)));
  });
  for (const other of alike) {
    t.test(`as of ${other}, ${what} ask what they ask as of ${release}, and ${keep}`, async (t) => {
      const heard = new Transcripts();
      const subject = subjectOf(other, heard.begin);
      expectKept(t, await conform(subject, { only: OF_THE_ALIKE }), TELLING);
      t.ok(heard.count > 0);
      t.equal(heard.unlike(whole), 0, `of ${heard.count} pools, none was asked anything else`);
    });
  }
}

function expectKept(
  t: Test,
  report: ConformanceReport,
  faults: readonly string[] = Object.keys(report.document.points),
): void {
  t.comment(report.text);
  t.same(report.failed, []);
  for (const [fault, { struck, reached }] of Object.entries(report.document.points)) {
    if (!faults.includes(fault)) continue;
    t.ok(reached > 0);
    t.equal(struck, reached, `every I/O point is struck by ${fault}`);
  }
}
