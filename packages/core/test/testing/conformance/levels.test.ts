import { conform } from '@gdcloud/core/testing';
import t from 'tap';
import { labels, Registry, registrySubject } from './support/registry.js';

// A busy machine takes its time.
t.setTimeout(600_000);

t.test(
  'a backend that names its objects itself may be left with duplicates, if they are told',
  async (t) => {
    const report = await conform(registrySubject());
    t.same(report.failed, []);
  },
);

t.test('duplicates that are not told are a broken rule', async (t) => {
  const silent = registrySubject(undefined, (registry) => {
    const driver = labels(registry);
    return {
      ...driver,
      observe: async (key, desired, call) => {
        const seen = await driver.observe(key, desired, call);
        return seen.presence === 'present' ? { ...seen, duplicates: [] } : seen;
      },
    };
  });
  const report = await conform(silent, {
    only: ['create-in-two-processes', 'fault-create-zombie'],
  });
  t.same(
    report.failed.map(({ id }) => id),
    ['create-in-two-processes', 'fault-create-zombie'],
  );
});

t.test('at a real endpoint, objects of others stay and nothing of the kit does', async (t) => {
  const registry = new Registry();
  await registry.add('somebody’s', 'was here before');
  const report = await conform(registrySubject(registry), { levels: [3] });
  t.same(report.failed, []);
  t.ok(report.document.checks.length >= 40, `${report.document.checks.length} checks at level 3`);
  t.same(report.document.checks.at(-1), {
    id: 'live-leaks-nothing',
    level: 3,
    theme: 'leaks',
    rule: 'After all, the endpoint holds what it held before.',
    where: 'kernel.md 2.5, level 3',
    state: 'ok',
  });
  t.equal(registry.entries.size, 1);
});

t.test('what is left at a real endpoint is a leak', async (t) => {
  const registry = new Registry();
  const leaking = registrySubject(registry, (port) => {
    const driver = labels(port);
    return {
      ...driver,
      create: async (key, desired, call) => {
        await registry.add('', 'a draft that nobody removes');
        return driver.create(key, desired, call);
      },
    };
  });
  const report = await conform(leaking, {
    levels: [3],
    only: ['delete-nothing', 'delete-without-record'],
  });
  t.match(
    report.failed.map(({ id }) => id),
    ['delete-without-record', 'live-leaks-nothing'],
  );
});
