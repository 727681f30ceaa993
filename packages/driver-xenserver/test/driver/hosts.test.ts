import { randomUUID } from 'node:crypto';
import { asExternalId, type MaintenanceDesired } from '@gdcloud/core';
import t from 'tap';
import { call, converge, keyOf, present, serverOn, startCloud } from '../cloud.js';
import { openLaboratory } from '../pool-in-process.js';

t.test('a host says what keeps servers on it from disks and networks', async (t) => {
  const { driver, pool, clock, host } = openLaboratory({ hosts: 2 });
  const report = async () => {
    const reports = await clock.until(driver.hosts(call()));
    return reports.find(({ external }) => external === host);
  };
  t.match(await report(), { physicalNetworks: ['physnet1'], unmanaged: [] });
  t.equal((await report())?.storageProblem, undefined);
  const ref = pool.rows.list('host').find(({ record }) => record['uuid'] === host)?.ref;
  for (const pbd of pool.rows.list('PBD'))
    if (pbd.record['host'] === ref) pool.rows.set('PBD', pbd.ref, 'currently_attached', false);
  for (const pif of pool.rows.list('PIF'))
    if (pif.record['host'] === ref) pool.rows.set('PIF', pif.ref, 'device', 'eth7');
  t.match(await report(), {
    physicalNetworks: [],
    storageProblem: 'the repository of the share is not plugged',
  });
});

t.test('servers that are not ours are named on the host that runs them', async (t) => {
  const lab = openLaboratory();
  const { driver, pool, clock, host } = lab;
  const key = keyOf(randomUUID());
  await lab.converge(driver.servers, key, serverOn(host));
  const [ours] = pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] === false);
  const stranger = pool.rows.insert('VM', {
    ...ours?.record,
    uuid: randomUUID(),
    name_label: 'payroll',
    other_config: {},
    VBDs: [],
    VIFs: [],
  });
  const [first] = await clock.until(driver.hosts(call()));
  t.match(first?.unmanaged, [{ name: 'payroll' }]);
  const before = JSON.stringify(pool.rows.list('VM').find(({ ref }) => ref === stranger));
  const page = await clock.until(driver.servers.list(undefined, call()));
  t.same(
    page.objects.map(({ uuid }) => uuid),
    [key.uuid],
    'sweeps never see it',
  );
  t.equal(JSON.stringify(pool.rows.list('VM').find(({ ref }) => ref === stranger)), before);
});

t.test('maintenance disables a host and undoes only what it did', async (t) => {
  const { driver, raw, host } = await startCloud(t, { hosts: 2 });
  const { maintenance } = driver;
  if (maintenance === undefined) throw new Error('the driver knows no maintenance');
  const key = keyOf(randomUUID());
  const as = (mode: MaintenanceDesired['mode']): MaintenanceDesired => ({
    host: asExternalId(host),
    mode,
  });
  const ref = await raw.call('host.get_by_uuid', host);
  t.same(await converge(maintenance, key, as('normal')), [], 'nothing is done to a host at work');
  await raw.call('host.disable', ref);
  t.same(await converge(maintenance, key, as('normal')), [], 'what an operator disabled stays so');
  await raw.call('host.enable', ref);
  t.same(await converge(maintenance, key, as('maintenance')), ['noted', 'accepting']);
  t.equal(await raw.call('host.get_enabled', ref), false);
  await raw.call('host.enable', ref);
  t.same(await converge(maintenance, key, as('maintenance')), ['accepting'], 'a reboot enables it');
  t.same(await converge(maintenance, key, as('normal')), ['accepting', 'noted']);
  t.equal(await raw.call('host.get_enabled', ref), true);
  t.same(await raw.call('host.get_other_config', ref), {});
  const seen = present(await maintenance.observe(key, as('normal'), call()));
  t.match(seen, { actual: { accepting: true }, external: host });
});

t.test('a host that the pool does not have is absent, and is not made', async (t) => {
  const { driver } = await startCloud(t);
  const { maintenance } = driver;
  if (maintenance === undefined) throw new Error('the driver knows no maintenance');
  const desired = { host: asExternalId(randomUUID()), mode: 'maintenance' } as const;
  const key = keyOf(randomUUID());
  t.match(await maintenance.observe(key, desired, call()), { presence: 'absent' });
  await t.rejects(maintenance.create(key, desired, call()), {
    outcome: 'rejected',
    code: 'HostUnknown',
  });
});
