import {
  CLOSEABLE,
  createCloud,
  EVENT_BUS,
  MESSAGE_BUS,
  type MessageBus,
  type Plugin,
} from '@gdcloud/core';
import { redis } from '@gdcloud/core/redis';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { startRedis } from '@gdcloud/services';
import { Redis } from 'ioredis';
import t from 'tap';
import { collectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { withoutRedis } from './open-bus.js';

const pepper = new Uint8Array(16).fill(7);

t.test(
  'what can’t be a URL, a prefix or a number of shards is refused, secrets unsaid',
  async (t) => {
    for (const options of [
      { url: 'postgres://:hunter2@localhost' },
      { url: 'redis://localhost', prefix: '' },
      { url: 'redis://localhost', prefix: 'a b' },
    ])
      t.throws(() => redis(options), { name: 'TypeError', message: /^(?!.*hunter2)redis: / });
  },
);

t.test('a cloud that was put together and never started has no connections', async (t) => {
  const logger = collectingLogger();
  const cloud = createCloud({
    pepper,
    logger,
    plugins: [
      memoryDrivers().plugin,
      sqlite({ file: ':memory:' }),
      redis({ url: 'redis://127.0.0.1:1' }),
    ],
  });
  await cloud.stop();
  t.same(logger.lines, []);
});

t.test(
  'what plug-ins hold is closed when the cloud stops, after everything else, what came last first',
  async (t) => {
    const closed: string[] = [];
    const holds =
      (name: string): Plugin =>
      (container) => {
        container.register(CLOSEABLE, {
          useValue: {
            close: () => {
              closed.push(name);
              return Promise.resolve();
            },
          },
        });
      };
    const cloud = createCloud({
      pepper,
      plugins: [memoryDrivers().plugin, sqlite({ file: ':memory:' }), holds('one'), holds('two')],
    });
    await cloud.start();
    t.same(closed, []);
    await cloud.stop();
    t.same(closed, ['two', 'one']);
  },
);

const skip = withoutRedis();
t.test(
  'a cloud hears of changes through Redis, and leaves it when it stops',
  { skip },
  async (t) => {
    const server = await startRedis();
    t.teardown(() => server.close());
    const watcher = new Redis(server.url);
    t.teardown(async () => watcher.disconnect());
    let bus: MessageBus | undefined;
    const cloud = createCloud({
      pepper,
      plugins: [
        memoryDrivers().plugin,
        sqlite({ file: ':memory:' }),
        redis({ url: server.url, prefix: 'my-cloud', shards: 3 }),
        (container) => {
          bus = container.resolve(MESSAGE_BUS);
          t.equal(container.resolve(MESSAGE_BUS), bus);
          t.equal(container.resolve(EVENT_BUS), container.resolve(EVENT_BUS));
        },
      ],
    });
    t.same(await watcher.pubsub('CHANNELS'), []);
    await cloud.start();
    t.same((await watcher.pubsub('CHANNELS')).map(String).toSorted(), [
      'my-cloud:hints.0',
      'my-cloud:hints.1',
      'my-cloud:hints.2',
    ]);
    await cloud.stop();
    await eventually(async () => (await watcher.pubsub('CHANNELS')).length === 0);
  },
);
