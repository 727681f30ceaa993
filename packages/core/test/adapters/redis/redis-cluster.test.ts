import { MessageEventBus } from '@gdcloud/core';
import { freePort, type Service, startRedis } from '@gdcloud/services';
import { Redis } from 'ioredis';
import t from 'tap';
import { eventually } from '../../support/eventually.js';
import { eventBusContract } from '../messages/event-bus-contract.js';
import { messageBusContract } from '../messages/message-bus-contract.js';
import { openBus, withoutRedis } from './open-bus.js';

const skip = withoutRedis();
if (skip !== false) t.plan(0, skip);
else await everyTest();

async function everyTest(): Promise<void> {
  const { nodes, url, first } = await startCluster();
  let prefixes = 0;

  messageBusContract('Redis Cluster', (t) => {
    prefixes += 1;
    const prefix = `messages${prefixes}`;
    return Promise.resolve({
      here: openBus(t, url, { prefix }).bus,
      there: openBus(t, url, { prefix }).bus,
    });
  });

  eventBusContract('Redis Cluster', (t) => {
    prefixes += 1;
    const prefix = `events${prefixes}`;
    return Promise.resolve({
      here: new MessageEventBus(openBus(t, url, { prefix }).bus),
      there: new MessageEventBus(openBus(t, url, { prefix }).bus),
    });
  });

  t.test('channels are sharded: each is listened to at one node', async (t) => {
    const { bus } = openBus(t, url, { prefix: 'sharded' });
    await new MessageEventBus(bus).subscribe(() => {});
    const found = await Promise.all(
      nodes.map(async ({ url: node }) => {
        const raw = new Redis(node);
        t.teardown(async () => raw.disconnect());
        const plain = await raw.pubsub('CHANNELS', 'sharded:*');
        t.same(plain, []);
        return raw.pubsub('SHARDCHANNELS', 'sharded:*');
      }),
    );
    t.ok(found.every(({ length }) => length > 0));
    t.equal(found.flat().length, 16);
  });

  t.test('a node that is killed and started again is listened to anew', async (t) => {
    const here = openBus(t, url);
    const there = openBus(t, url);
    const heard = new Set<string>();
    const topics = Array.from({ length: 16 }, (_, n) => `topic${n}`);
    for (const topic of topics)
      await there.bus.subscribe(topic, (message) => heard.add(`${topic} ${message}`));
    const all = (message: string): boolean => {
      for (const topic of topics)
        if (!heard.has(`${topic} ${message}`)) here.bus.publish(topic, message);
      return topics.every((topic) => heard.has(`${topic} ${message}`));
    };
    await eventually(() => all('before'));
    await first.kill();
    for (const topic of topics) here.bus.publish(topic, 'meanwhile');
    await first.start();
    await eventually(() => all('after'), 'all topics');
  });

  t.test('nodes that are all away cost events only', async (t) => {
    const here = openBus(t, url);
    const heard = new Set<string>();
    await here.bus.subscribe('news', (message) => heard.add(message));
    // The cluster may still be finding itself after the test before.
    await eventually(() => here.lines.at(-1)?.message === 'events are carried', 'events');
    const known = here.lines.length - 1;
    await Promise.all(nodes.map((node) => node.kill()));
    await eventually(() => here.lines.length > known + 1, 'the loss');
    here.bus.publish('news', 'lost');
    await here.bus.subscribe('late', (message) => heard.add(message));
    await Promise.all(nodes.map((node) => node.start()));
    await eventually(() => {
      here.bus.publish('news', 'news');
      here.bus.publish('late', 'late');
      return heard.has('news') && heard.has('late');
    });
    t.notOk(heard.has('lost'));
    t.same(
      here.lines.slice(known).map(({ message }) => message),
      ['events are carried', 'events are away; work goes on by the scan', 'events are carried'],
    );
  });
}

async function startCluster(): Promise<{
  readonly nodes: readonly Service[];
  readonly first: Service;
  readonly url: string;
}> {
  const settings = [
    'cluster-enabled yes',
    'cluster-announce-ip 127.0.0.1',
    'cluster-node-timeout 500',
    'cluster-require-full-coverage no',
  ];
  const start = async (): Promise<Service> => {
    // The nodes' own bus is 10,000 ports higher unless it is told; with a port of its own it fits whatever was chosen.
    const port = await freePort();
    const node = await startRedis({ settings: [...settings, `cluster-port ${port}`] });
    t.teardown(() => node.close());
    return node;
  };
  const [first, second] = await Promise.all([start(), start()]);
  const [one, two] = [new Redis(first.url), new Redis(second.url)];
  await one.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await two.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await one.call('CLUSTER', 'MEET', '127.0.0.1', String(second.port), await busPort(two));
  await eventually(async () => {
    const views = await Promise.all([one, two].map((node) => node.cluster('INFO')));
    return views.every((view) => /cluster_state:ok/.test(view) && /cluster_size:2/.test(view));
  }, 'a cluster of two');
  one.disconnect();
  two.disconnect();
  return {
    nodes: [first, second],
    first,
    url: `redis+cluster://127.0.0.1:${first.port},127.0.0.1:${second.port}`,
  };
}

async function busPort(node: Redis): Promise<string> {
  const [, port] = await node.config('GET', 'cluster-port');
  return String(port);
}
