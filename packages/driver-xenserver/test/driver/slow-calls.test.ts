import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const NULL_REF = 'OpaqueRef:NULL';
const key = keyOf('0190a000-0000-7000-8000-00000000c001');

type Server = ReturnType<typeof serverOn>;

function guest({ pool }: Laboratory) {
  return pool.rows.list('VM').find(({ record }) => record['is_control_domain'] !== true)?.record;
}

async function look(lab: Laboratory, desired: Server) {
  const { clock, driver } = lab;
  return present(await clock.until(driver.servers.observe(key, desired, lab.call())));
}

async function changeOf(lab: Laboratory, desired: Server) {
  const [change] = (await look(lab, desired)).changes;
  if (change === undefined) throw new Error('nothing is planned');
  return change;
}

t.test('a slow call that is repeated joins what is under way', async (t) => {
  const lab = openLaboratory({ powerLatencyMs: 10_000 });
  const { clock, driver } = lab;
  const on = serverOn(lab.host);
  const off = serverOn(lab.host, { powerState: 'halted' });
  await clock.until(driver.servers.create(key, on, lab.call()));
  for (const [desired, state] of [
    [on, 'Running'],
    [off, 'Halted'],
  ] as const) {
    const change = await changeOf(lab, desired);
    for (let times = 0; times < 3; times += 1) {
      const update = driver.servers.update(key, desired, change, lab.call());
      t.equal((await clock.until(update)).settled, false);
    }
    await lab.converge(driver.servers, key, desired);
    t.equal(guest(lab)?.['power_state'], state);
  }
  await lab.converge(driver.servers, key, on);
  t.equal(guest(lab)?.['domid'], 2, 'started twice in all, as asked');
});

t.test('what a call failed of after patience ran out is told to who tries again', async (t) => {
  const lab = openLaboratory({ powerLatencyMs: 10_000 });
  const { clock, driver, pool } = lab;
  const desired = serverOn(lab.host);
  await clock.until(driver.servers.create(key, desired, lab.call()));
  const start = await changeOf(lab, desired);
  const update = () => clock.until(driver.servers.update(key, desired, start, lab.call()));
  t.equal((await update()).settled, false);
  while ((await look(lab, desired)).busy === true) await clock.until(clock.wait(1_000));
  // As if it had failed in its last moment.
  const vm = pool.rows.list('VM').find(({ record }) => record['is_control_domain'] !== true);
  for (const [field, value] of Object.entries({
    power_state: 'Halted',
    domid: -1,
    resident_on: NULL_REF,
  }))
    pool.rows.set('VM', vm?.ref ?? '', field, value);
  for (const { ref } of pool.rows.list('task')) {
    pool.rows.set('task', ref, 'status', 'failure');
    pool.rows.set('task', ref, 'error_info', ['BOOTLOADER_FAILED', 'some', 'no kernel']);
  }
  await t.rejects(update(), { outcome: 'invalid', code: 'BOOTLOADER_FAILED' });
  await lab.converge(driver.servers, key, desired);
  t.equal(guest(lab)?.['power_state'], 'Running');
});

t.test(
  'tasks that have ended are left to the pool, which keeps the latest two hundred',
  async (t) => {
    const lab = openLaboratory({ powerLatencyMs: 0 });
    const { clock, driver, pool } = lab;
    for (let restarts = 0; restarts < 110; restarts += 1) {
      await lab.converge(driver.servers, key, serverOn(lab.host, { powerState: 'running' }));
      await lab.converge(driver.servers, key, serverOn(lab.host, { powerState: 'halted' }));
    }
    await clock.until(clock.wait(30_000));
    await lab.converge(driver.servers, key, serverOn(lab.host, { powerState: 'running' }));
    const ended = pool.rows.list('task').filter(({ record }) => record['status'] !== 'pending');
    t.ok(ended.length <= 201, `${ended.length} tasks`);
    t.equal(ended.length, pool.rows.list('task').length);
  },
);

t.test('a pool of which the release knows it is told the type of the domain', async (t) => {
  for (const [asOf, known] of [
    ['tampa', false],
    ['latest', true],
  ] as const) {
    for (const [bootMode, type] of [
      ['hvm', 'hvm'],
      ['pygrub', 'pv'],
    ] as const) {
      const lab = openLaboratory({ asOf });
      const desired = serverOn(lab.host, { bootMode, powerState: 'halted' });
      await lab.converge(lab.driver.servers, key, desired);
      const made = lab.transcript.find((body) => body.includes('"VM.create"')) ?? '';
      t.equal(made.includes(`"domain_type":"${type}"`), known, `${asOf} ${bootMode}`);
      lab.pool.close();
    }
  }
});
