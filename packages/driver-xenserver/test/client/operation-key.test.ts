import { asOperationKey } from '@gdcloud/core';
import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { openLaboratory } from '../pool-in-process.js';

const KEY = keyOf('018f0000-0000-7000-8000-000000000001');

t.test("a slow call's task carries the operation's key", async (t) => {
  const lab = openLaboratory({ powerLatencyMs: 60_000 });
  const { clock, driver, pool } = lab;
  const { servers } = driver;
  const desired = serverOn(lab.host);
  await servers.create(KEY, desired, lab.call());
  const [start] = present(await servers.observe(KEY, desired, lab.call())).changes;
  if (start === undefined) throw new Error('no start is planned');
  const accepted = await clock.until(
    servers.update(KEY, desired, start, {
      ...lab.call(),
      operation: asOperationKey('start-7'),
    }),
  );
  t.equal(accepted.settled, false);
  t.match(
    pool.rows.list('task').map(({ record }) => record),
    [{ name_label: 'Async.VM.start_on', other_config: { 'http:gdcloud-op': 'start-7' } }],
  );
  t.equal(present(await servers.observe(KEY, desired, lab.call())).busy, true);
  await lab.converge(servers, KEY, desired);
});
