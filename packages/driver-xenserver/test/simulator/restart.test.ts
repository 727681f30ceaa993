import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { converge, keyOf, serverOn, startCloud } from '../cloud.js';
import { openRawPool } from '../raw-pool.js';

const PROGRAM = fileURLToPath(
  new URL('./cli.js', import.meta.resolve('@gdcloud/driver-xenserver/simulator')),
);

t.test('a pool keeps its objects over a restart, and nothing else', async (t) => {
  const cloud = await startCloud(t);
  await converge(cloud.driver.servers, keyOf(randomUUID()), serverOn(cloud.host));
  const before = await cloud.raw.records('VM');
  await cloud.simulator.close();
  const again = await startSimulator({ state: cloud.state });
  t.teardown(() => again.close());
  const raw = await openRawPool(again.url);
  t.same(await raw.records('VM'), before);
  t.same(await raw.records('task'), []);
  const [host] = (await raw.records('host')).filter((row) => row['uuid'] === cloud.host);
  t.equal(((host?.['resident_VMs'] ?? []) as readonly string[]).length, 2, 'links are found again');
});

t.test('the program survives a kill with all that it answered', async (t) => {
  const state = t.testdir({});
  const start = async (): Promise<{
    readonly url: string;
    readonly kill: () => Promise<unknown>;
  }> => {
    const program = spawn(
      process.execPath,
      [PROGRAM, 'simulate', '--state', state, '--hosts', '1'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const gone = once(program, 'exit');
    t.teardown(() => program.kill('SIGKILL'));
    const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
    const kill = (): Promise<unknown> => {
      program.kill('SIGKILL');
      return gone;
    };
    return { url: line.replace('xapi ready ', ''), kill };
  };
  const first = await start();
  const raw = await openRawPool(first.url);
  const names = Array.from({ length: 50 }, (_, index) => `network-${index}`);
  for (const name of names)
    await raw.call('network.create', { name_label: name, other_config: {} });
  await first.kill();
  const second = await start();
  const networks = await (await openRawPool(second.url)).records('network');
  const kept = new Set(networks.map((network) => network['name_label']));
  t.ok(names.every((name) => kept.has(name)));
  await second.kill();
});

t.test('a torn last line of its log is as if it had never been written', async (t) => {
  const cloud = await startCloud(t);
  await converge(cloud.driver.servers, keyOf(randomUUID()), serverOn(cloud.host));
  const before = await cloud.raw.records('VM');
  await cloud.simulator.close();
  const log = join(cloud.state, 'database.jsonl');
  await appendFile(log, '{"p":[["VM","OpaqueRef:torn",{"name_lab');
  const again = await startSimulator({ state: cloud.state });
  t.teardown(() => again.close());
  t.same(await (await openRawPool(again.url)).records('VM'), before);
  t.notMatch(await readFile(log, 'utf8'), /torn/);
});
