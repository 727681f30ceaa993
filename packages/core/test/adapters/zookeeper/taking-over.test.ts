import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CloudRole, createCloud, deriveState, STORE } from '@gdcloud/core';
import { memoryDrivers } from '@gdcloud/core/testing';
import { zookeeper } from '@gdcloud/core/zookeeper';
import { missingService, startZookeeper } from '@gdcloud/services';
import t from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { ADMIN_KEY } from '../../support/cloud.js';
import { collectingLogger } from '../../support/collecting-logger.js';
import { widgets } from '../../support/widgets.js';
import { until } from './support.js';

const CHILD = fileURLToPath(new URL('../../support/lock-holder.js', import.meta.url));
const SESSION = 6_000;

const missing = missingService('zookeeper');
if (missing !== undefined) t.plan(0, missing);
else {
  t.setTimeout(600_000);
  const server = await startZookeeper({ tickTime: 500 });
  t.teardown(() => server.close());

  for (const strategy of ['resource', 'partition'] as const) {
    t.test(
      `${strategy}: a holder is killed with -9, and its work is resumed within its session time and a second`,
      async (t) => {
        const connect = `${server.url}/over-${strategy}`;
        const store = sqlStore(new SqliteConnection({ file: ':memory:' }));
        t.teardown(() => store.close());
        const outside = widgets();
        const cloudOf = async (roles: readonly CloudRole[]) => {
          const cloud = createCloud({
            pepper: new Uint8Array(16).fill(7),
            administratorKey: ADMIN_KEY,
            logger: collectingLogger(),
            roles,
            plugins: [
              memoryDrivers().plugin,
              outside.plugin,
              zookeeper({ connect, strategy, sessionTimeoutMs: SESSION }),
              (container) =>
                container.register(STORE, {
                  useValue: { ...store, close: () => Promise.resolve() },
                }),
            ],
          });
          await cloud.start();
          t.teardown(() => cloud.stop());
          const { publicValue, secretValue } = ADMIN_KEY;
          const admin = await cloud.resources.authenticate(publicValue, secretValue);
          if (admin === undefined) throw new Error('nobody is there');
          return { cloud, admin, type: cloud.types.get('widget') };
        };
        const api = await cloudOf(['api']);
        const { resource } = await api.cloud.resources.create(api.admin, api.type, {});
        const incarnation = String(await store.nextIncarnation());
        const child = spawn(
          process.execPath,
          [CHILD, connect, String(SESSION), strategy, resource.uuid, incarnation],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        );
        t.teardown(() => child.kill('SIGKILL'));
        const [line]: unknown[] = await once(createInterface({ input: child.stdout }), 'line');
        t.match(line, /fence/, 'the other process has the lock');
        const { cloud, admin, type } = await cloudOf(['kernel']);
        const state = async () =>
          deriveState(type, await cloud.resources.get(admin, type, resource.id)).state;
        // Its own accounts and the like are worked on: it is a member and has locks.
        await until(
          'the kernel is at work',
          async () => cloud.load.active + cloud.load.queued === 0,
        );
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        t.not(await state(), 'active', 'nobody else works on it');
        child.kill('SIGKILL');
        const killed = performance.now();
        await until('its work is resumed', async () => (await state()) === 'active', 20_000);
        const after = performance.now() - killed;
        t.comment(
          `${strategy}: resumed ${after.toFixed(0)} ms after kill -9, session ${SESSION} ms`,
        );
        t.ok(after <= SESSION + 1_000);
      },
    );
  }
}
