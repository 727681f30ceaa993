import { randomUUID } from 'node:crypto';
import { asExternalId, type ServerDesired } from '@gdcloud/core';
import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

function hostsOf({ pool }: Laboratory): readonly string[] {
  return pool.rows.list('host').map(({ record }) => String(record['uuid']));
}

function setLive({ pool }: Laboratory, uuid: string, live: boolean): void {
  const host = pool.rows.list('host').find(({ record }) => record['uuid'] === uuid);
  pool.rows.set('host_metrics', String(host?.record['metrics']), 'live', live);
}

async function running(hosts = 2) {
  const lab = openLaboratory({ hosts });
  // The first one is the pool's master, which answers as long as the pool does.
  const [there = '', here = ''] = hostsOf(lab);
  const key = keyOf(randomUUID());
  const on = (host: string, more: Partial<ServerDesired> = {}): ServerDesired =>
    serverOn(host, more);
  await lab.converge(lab.driver.servers, key, on(here));
  const look = async (desired: ServerDesired) =>
    present(await lab.clock.until(lab.driver.servers.observe(key, desired, lab.call())));
  return { lab, key, here, there, on, look };
}

function domainsOf({ pool }: Laboratory, uuid: string): number {
  return pool.rows
    .list('VM')
    .filter(
      ({ record }) => record['power_state'] === 'Running' && JSON.stringify(record).includes(uuid),
    ).length;
}

t.test('a server whose host changes is moved there as it runs', async (t) => {
  const { lab, key, here, there, on, look } = await running();
  const before = (await look(on(here))).actual;
  t.equal(before.host, here);
  const steps = await lab.converge(lab.driver.servers, key, on(there));
  t.ok(steps.every((step) => step === 'host') && steps.length > 0, 'nothing else is done to it');
  t.match((await look(on(there))).actual, { host: there, powerState: 'running', restarts: 0 });
  t.equal(domainsOf(lab, key.uuid), 1);
});

t.test(
  'a move that can not be made is said to be impossible, and the server runs on',
  async (t) => {
    const { lab, key, here, there, on, look } = await running();
    const target = lab.pool.rows.list('host').find(({ record }) => record['uuid'] === there);
    lab.pool.rows.set('host', target?.ref ?? '', 'enabled', false);
    const [change] = (await look(on(there))).changes;
    if (change === undefined) throw new Error('nothing is to be moved');
    await t.rejects(
      lab.clock.until(lab.driver.servers.update(key, on(there), change, lab.call())),
      { outcome: 'rejected', code: 'MigrationImpossible', message: /HOST_DISABLED/ },
    );
    t.match((await look(on(here))).actual, { host: here, powerState: 'running' });
  },
);

t.test(
  'of a host that does not answer nothing is taken before it is certain that it is off',
  async (t) => {
    const { lab, key, here, there, on, look } = await running();
    setLive(lab, here, false);
    t.same((await look(on(there))).changes, []);
    t.equal((await look(on(there))).actual.host, here);
    const lost = on(there, { lostHosts: [asExternalId(here)] });
    t.same(
      await lab.converge(lab.driver.servers, key, lost),
      ['host', 'powerState'],
      'declared off, and started elsewhere',
    );
    t.match((await look(lost)).actual, { host: there, powerState: 'running' });
    t.equal(domainsOf(lab, key.uuid), 1);
  },
);

t.test(
  'confirmed by mistake: a host that answers keeps its servers, or hands them over alive',
  async (t) => {
    const { lab, key, here, there, on, look } = await running();
    const lost = on(there, { lostHosts: [asExternalId(here)] });
    setLive(lab, here, false);
    const [change] = (await look(lost)).changes;
    if (change === undefined) throw new Error('nothing is to be declared off');
    setLive(lab, here, true);
    // Sent by one who looked before the host was back.
    await lab.clock.until(lab.driver.servers.update(key, lost, change, lab.call()));
    await lab.converge(lab.driver.servers, key, lost);
    t.match((await look(lost)).actual, { host: there, powerState: 'running' });
    t.equal(domainsOf(lab, key.uuid), 1);
  },
);
