import { join } from 'node:path';
import { CLOCK, COMPUTE, createCloud, type DependencyContainer } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { ManualClock, memoryDrivers } from '@gdcloud/core/testing';
import { type Connect, TransportError, xenserver } from '@gdcloud/driver-xenserver';
import { simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { call } from './cloud.js';
import { seededRandom } from './pool-in-process.js';

/** The container of a cloud that has this plug-in, and a clock that was brought after it. */
function containerWith(
  t: Test,
  plugin: ReturnType<typeof xenserver>,
  clock: ManualClock,
): DependencyContainer {
  const containers: DependencyContainer[] = [];
  const file = join(t.testdir({}), 'cloud.sqlite');
  createCloud({
    plugins: [
      sqlite({ file }),
      memoryDrivers().plugin,
      plugin,
      (container) => {
        container.register(CLOCK, { useValue: clock });
        containers.push(container);
      },
    ],
    replaceable: [COMPUTE, CLOCK],
    pepper: new Uint8Array(16),
  });
  const [container] = containers;
  if (container === undefined) throw new Error('no plug-in was called');
  return container;
}

const POOL = { url: 'http://pool.invalid', username: 'root', password: 'secret' };

t.test("a cloud's driver goes by the cloud's clock, also when that comes after it", async (t) => {
  const clock = new ManualClock();
  const begun = clock.now();
  const tries: number[] = [];
  const nobody: Connect = () => ({
    origin: POOL.url,
    post: async (_body, { effect }) => {
      tries.push(clock.now() - begun);
      throw new TransportError('unsent', effect, 'nobody listens');
    },
    close: async () => undefined,
  });
  const plugin = xenserver(POOL, { connect: nobody });
  const driver = containerWith(t, plugin, clock).resolve(COMPUTE);
  const stop = new AbortController();
  const watching = driver.watch?.(() => undefined, { signal: stop.signal });
  await clock.until(clock.wait(3_500));
  t.same(tries, [0, 1_000, 2_000, 3_000], 'a watcher tries again every second');
  stop.abort();
  await watching;
});

t.test('each cloud has one driver of its own', async (t) => {
  const clock = new ManualClock();
  const { connect } = simulatedPool({ clock, random: seededRandom(1) });
  const plugin = xenserver(POOL, { connect });
  const container = containerWith(t, plugin, clock);
  const driver = container.resolve(COMPUTE);
  t.equal(container.resolve(COMPUTE), driver);
  t.not(containerWith(t, plugin, clock).resolve(COMPUTE), driver);
  t.equal((await clock.until(driver.hosts(call()))).length, 2);
});

t.test('what one driver learns of a pool holds for all, but not for its storage', async (t) => {
  const container = containerWith(t, xenserver(POOL), new ManualClock());
  t.match(container.resolve(COMPUTE), {
    servers: { backend: 'xenserver pool.invalid' },
    segments: { backend: 'xenserver pool.invalid' },
    disks: { backend: 'xenserver pool.invalid storage' },
  });
});
