import t from 'tap';
import { decideOrphan, type OrphanFacts } from '../../dist/cloud/orphan/decide-orphan.js';
import { orphanSettings } from '../../dist/cloud/orphan/orphan-settings.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = 100 * HOUR;
const settings = orphanSettings({ policy: 'reap' });

/** Seen twice, old enough, stateless, and to be reaped. */
function facts(changes: Partial<OrphanFacts> = {}): OrphanFacts {
  return {
    disposition: 'policy',
    settings,
    holdsData: false,
    quarantine: 'possible',
    sightings: 2,
    firstSeenAt: now - 30 * MINUTE,
    lastSeenAt: now,
    quarantinedAt: null,
    now,
    ...changes,
  };
}

t.test('by default orphans are reported, every half hour', async (t) => {
  t.same(orphanSettings(), { everyMs: 30 * MINUTE, policy: 'report', reapAfterMs: 24 * HOUR });
  t.throws(() => orphanSettings({ everyMs: 0 }), /orphans.everyMs/);
  t.throws(() => orphanSettings({ reapAfterMs: -1 }), /orphans.reapAfterMs/);
  t.match(decideOrphan(facts({ settings: orphanSettings() })), { kind: 'rest', message: /only/ });
});

t.test('nothing is done before it was seen twice, long enough ago, and lately', async (t) => {
  for (const disposition of ['policy', 'quarantine', 'reap'] as const) {
    for (const quarantinedAt of [null, now - 48 * HOUR]) {
      const asked = { disposition, quarantinedAt };
      t.match(decideOrphan(facts({ ...asked, sightings: 1 })), { kind: 'wait' });
      const young = decideOrphan(facts({ ...asked, firstSeenAt: now - 14 * MINUTE }));
      t.match(young, { kind: 'wait', afterMs: MINUTE });
      t.match(decideOrphan(facts({ ...asked, lastSeenAt: now - 61 * MINUTE })), { kind: 'wait' });
    }
  }
});

t.test(
  'what is stateless goes from quarantine after its time, or when it is asked for',
  async (t) => {
    t.match(decideOrphan(facts()), { kind: 'quarantine' });
    const quarantinedAt = now - 23 * HOUR;
    t.match(decideOrphan(facts({ quarantinedAt })), { kind: 'wait', afterMs: HOUR });
    t.match(decideOrphan(facts({ quarantinedAt: now - 24 * HOUR })), { kind: 'reap' });
    t.match(decideOrphan(facts({ quarantinedAt, disposition: 'reap' })), { kind: 'reap' });
    t.match(decideOrphan(facts({ quarantinedAt, disposition: 'quarantine' })), { kind: 'rest' });
    t.match(decideOrphan(facts({ quarantinedAt, disposition: 'report' })), {
      kind: 'rest',
      message: /stays in quarantine/,
    });
  },
);

t.test('what holds data stays in quarantine until an administrator asks for it', async (t) => {
  const quarantinedAt = now - 1_000 * HOUR;
  t.match(decideOrphan(facts({ holdsData: true })), { kind: 'quarantine' });
  t.match(decideOrphan(facts({ holdsData: true, quarantinedAt })), { kind: 'rest' });
  t.match(decideOrphan(facts({ holdsData: true, disposition: 'reap' })), { kind: 'quarantine' });
  t.match(decideOrphan(facts({ holdsData: true, quarantinedAt, disposition: 'reap' })), {
    kind: 'reap',
  });
});

t.test(
  'a driver without quarantine only reports, unless a stateless object is asked for',
  async (t) => {
    const quarantine = 'impossible';
    t.match(decideOrphan(facts({ quarantine })), {
      kind: 'stall',
      code: 'QuarantineNotSupported',
      message: /ask for reap, or to ignore it/,
    });
    t.match(decideOrphan(facts({ quarantine, disposition: 'reap' })), { kind: 'reap' });
    for (const disposition of ['policy', 'reap'] as const) {
      t.match(decideOrphan(facts({ quarantine, disposition, holdsData: true })), { kind: 'stall' });
    }
    t.match(decideOrphan(facts({ quarantine, disposition: 'report' })), { kind: 'rest' });
  },
);
