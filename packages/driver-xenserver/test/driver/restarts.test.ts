import { asUuid, type ServerDesired } from '@gdcloud/core';
import t from 'tap';
import { serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const key = { uuid: asUuid('0190a000-0000-7000-8000-00000000c001'), epoch: 1 };

function domain(laboratory: Laboratory): unknown {
  const guests = laboratory.pool.rows.list('VM').filter(({ record }) => record['domid'] !== 0);
  return guests[0]?.record['domid'];
}

t.test('each restart is one reboot, and one follows the other', async (t) => {
  const laboratory = openLaboratory();
  const { servers } = laboratory.driver;
  const desired: ServerDesired = serverOn(laboratory.host);
  await laboratory.converge(servers, key, desired);
  t.equal(domain(laboratory), 1);
  for (const restarts of [1, 2, 3]) {
    await laboratory.converge(servers, key, { ...desired, restarts });
    t.equal(domain(laboratory), 1 + restarts, `restart ${restarts}`);
  }
  laboratory.pool.close();
});

t.test('a reboot that was asked for before its restart was done is refused after it', async (t) => {
  const laboratory = openLaboratory();
  const { servers } = laboratory.driver;
  const desired = { ...serverOn(laboratory.host), restarts: 1 };
  await laboratory.converge(servers, key, { ...desired, restarts: 0 });
  await laboratory.converge(servers, key, desired);
  const late = laboratory.transcript.find((body) => body.includes('"Async.VM.clean_reboot"'));
  const { clock, pool } = laboratory;
  await clock.until(
    pool.connect(pool.url).post(String(late), {
      effect: 'write',
      headers: {},
      signal: new AbortController().signal,
      timeoutMs: 1_000,
    }),
  );
  await clock.until(clock.wait(10_000));
  t.match(pool.rows.list('task').at(-1)?.record, {
    status: 'failure',
    error_info: ['OPERATION_BLOCKED'],
  });
  t.equal(domain(laboratory), 2);
  pool.close();
});

t.test(
  'blocks of an operator stay as they are, and are told as what keeps a restart',
  async (t) => {
    const laboratory = openLaboratory();
    const { driver, pool } = laboratory;
    const desired = serverOn(laboratory.host);
    await laboratory.converge(driver.servers, key, desired);
    const [server] = pool.rows.list('VM').filter(({ record }) => record['domid'] !== 0);
    const blocked = { clean_reboot: 'ask Ada first', clean_shutdown: 'ask Ada first' };
    pool.rows.set('VM', String(server?.ref), 'blocked_operations', blocked);
    await t.rejects(laboratory.converge(driver.servers, key, { ...desired, restarts: 1 }), {
      outcome: 'rejected',
      code: 'OPERATION_BLOCKED',
      remedy: /Remove the block/,
    });
    pool.rows.set('VM', String(server?.ref), 'blocked_operations', {
      clean_shutdown: 'ask Ada first',
    });
    await laboratory.converge(driver.servers, key, { ...desired, restarts: 1 });
    t.equal(domain(laboratory), 2);
    t.match(pool.rows.list('VM').find(({ ref }) => ref === server?.ref)?.record, {
      blocked_operations: { clean_shutdown: 'ask Ada first' },
    });
    pool.close();
  },
);
