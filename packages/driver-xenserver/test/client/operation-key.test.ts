import { randomUUID } from 'node:crypto';
import t from 'tap';
import { call, converge, keyOf, present, serverOn, startCloud } from '../cloud.js';

t.test("a slow call's task carries the operation's key", async (t) => {
  const cloud = await startCloud(t, { powerLatencyMs: 200 }, { patienceMs: 1 });
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  await servers.create(key, desired, call());
  const [start] = present(await servers.observe(key, desired, call())).changes;
  if (start === undefined) throw new Error('no start is planned');
  const accepted = await servers.update(key, desired, start, call({ operation: 'start-7' }));
  t.equal(accepted.settled, false);
  t.match(await cloud.raw.records('task'), [
    { name_label: 'Async.VM.start_on', other_config: { 'http:gdcloud-op': 'start-7' } },
  ]);
  t.equal(present(await servers.observe(key, desired, call())).busy, true);
  await converge(servers, key, desired);
});
