import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS, conform, ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { documents } from './support/documents.js';
import { FileDriver } from './support/file-driver.js';

// A busy machine takes its time.
t.setTimeout(600_000);

t.test(
  'a correct driver passes every check, and is crashed at each of its I/O points',
  async (t) => {
    const report = await conform(documents());
    t.comment(report.text);
    t.same(report.failed, []);
    report.assert();
    const { checks, points } = report.document;
    t.equal(checks.length, CHECKS.length);
    t.ok(checks.length >= 60, `${checks.length} checks`);
    t.same(
      checks
        .filter(({ id, state }) => state === 'skipped' && !id.includes('quarantine'))
        .map(({ id }) => id),
      // It foresees nothing. A file that is made anew has the name that it had, so fences are what protects it.
      ['observe-foresees', 'delete-only-what-it-names'],
      'nothing that could be tried was left out',
    );
    for (const { struck, reached } of Object.values(points)) {
      t.ok(reached > 0);
      t.equal(struck, reached);
    }
  },
);

t.test(
  'checks have ids of their own, a rule in one sentence, and a place where it is written',
  async (t) => {
    t.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
    t.same(
      CHECKS.filter(
        ({ id, rule, where }) => !/^[a-z-]+$/.test(id) || !/^[A-Z].*\.$/.test(rule) || where === '',
      ).map(({ id }) => id),
      [],
    );
  },
);

t.test('a report says what is broken, to people and to programs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const clock = new ManualClock(Date.UTC(2026, 10, 24));
  const careless = documents(
    (files) =>
      new (class extends FileDriver {
        protected override demandFence(): void {}
      })(files),
  );
  const only = ['create-again', 'fence-older-update', 'observe-foresees'];
  const report = await conform(careless, { only, clock });
  t.equal(report.green, false);
  t.throws(
    () => report.assert(),
    /1 rules .* broken[\s\S]*fence-older-update[\s\S]*expected[\s\S]*seen/,
  );
  t.match(report.text, /creating +✔\n[\s\S]*observing +·\n[\s\S]*fencing +✘\n/);
  await report.write(join(folder, 'report.json'));
  const document: unknown = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
  t.match(document, {
    format: 'gdcloud-conformance',
    version: 1,
    kit: /^\d+\.\d+\.\d+$/,
    subject: 'directory-of-files',
    driver: 'files.documents',
    traits: { identity: 'chosen', fencing: 'cas', dataBearing: false },
    date: '2026-11-24T00:00:00.000Z',
    levels: [1, 2],
    summary: { ok: 1, failed: 1, skipped: 1 },
    checks: [
      { id: 'create-again', level: 1, theme: 'creating', state: 'ok' },
      { id: 'observe-foresees', state: 'skipped', reason: 'the driver foresees nothing' },
      {
        id: 'fence-older-update',
        state: 'failed',
        rule: /newer holder/,
        expected: /older holder/,
        seen: /settled/,
        where: /DriverTraits/,
      },
    ],
  });
});

t.test('the same seed gives the same report', async (t) => {
  const only = ['fault-swarm', 'fault-create-hang', 'fault-create-reaches-points', 'list-many'];
  const clock = new ManualClock();
  const [first, second] = [
    await conform(documents(), { only, clock, seed: 7 }),
    await conform(documents(), { only, clock, seed: 7 }),
  ];
  t.same(first.document, second.document);
});

t.test('a waiver is reported with its reason, and fails once it is not needed', async (t) => {
  const careless = documents(
    (files) =>
      new (class extends FileDriver {
        protected override demandFence(): void {}
      })(files),
  );
  const waived = {
    'fence-older-update': 'the share can not do it',
    'create-again': 'nobody knows',
  };
  const report = await conform({ ...careless, waived }, { only: Object.keys(waived) });
  t.match(report.document.checks, [
    { id: 'create-again', state: 'failed', expected: 'the waiver to be needed' },
    { id: 'fence-older-update', state: 'skipped', reason: 'waived: the share can not do it' },
  ]);
});

t.test('a kit that is asked for nonsense says so', async (t) => {
  const { specs } = documents();
  const none = { ...documents(), specs: { ...specs, valid: [] } };
  await t.rejects(conform(none), /specs.valid is empty/);
  await t.rejects(
    conform(documents(), { only: ['no-such-check'] }),
    /no checks called no-such-check/,
  );
  await t.rejects(conform({ ...documents(), waived: { no: 'x' } }), /no checks called no/);
});

t.test('a backend that does not work is told from a driver that does not', async (t) => {
  const broken = {
    ...documents(),
    backend: () => {
      throw new Error('no room for a backend');
    },
  };
  const report = await conform(broken, { only: ['create-again'] });
  t.match(report.document.checks, [
    { state: 'failed', expected: 'the backend and the kit to work', seen: /no room/ },
  ]);
});
