import { MessageEventBus } from '@gdcloud/core';
import { type Service, startRedis } from '@gdcloud/services';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import t from 'tap';
import { eventually } from '../../support/eventually.js';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { eventBusContract } from '../messages/event-bus-contract.js';
import { messageBusContract } from '../messages/message-bus-contract.js';
import { type OpenBus, openBus, withoutRedis } from './open-bus.js';

const AWAY = 'events are away; work goes on by the scan';
const BACK = 'events are carried';

const skip = withoutRedis();
if (skip !== false) t.plan(0, skip);
else await everyTest();

async function everyTest(): Promise<void> {
  const shared = await startRedis();
  t.teardown(() => shared.close());
  let prefixes = 0;

  messageBusContract('Redis', (t) => {
    prefixes += 1;
    const prefix = `messages${prefixes}`;
    return Promise.resolve({
      here: openBus(t, shared.url, { prefix }).bus,
      there: openBus(t, shared.url, { prefix }).bus,
    });
  });

  eventBusContract('Redis', (t) => {
    prefixes += 1;
    const prefix = `events${prefixes}`;
    return Promise.resolve({
      here: new MessageEventBus(openBus(t, shared.url, { prefix }).bus),
      there: new MessageEventBus(openBus(t, shared.url, { prefix }).bus),
    });
  });

  t.test(
    'clouds of different prefixes share a server and hear nothing of each other',
    async (t) => {
      const { bus: one } = openBus(t, shared.url, { prefix: 'one' });
      const { bus: two } = openBus(t, shared.url, { prefix: 'two' });
      const heard: string[] = [];
      await one.subscribe('news', (message) => heard.push(message));
      two.publish('news', 'for two');
      // Once `two` hears itself, what it sent before has gone everywhere.
      await two.subscribe('end', (message) => heard.push(message));
      two.publish('end', 'end');
      one.publish('news', 'for one');
      await eventually(() => heard.length >= 2);
      t.same(heard.toSorted(), ['end', 'for one']);
    },
  );

  t.test('what anybody else publishes is counted and dropped', async (t) => {
    const { bus, lines } = openBus(t, shared.url, { prefix: 'junk' });
    const events = new MessageEventBus(bus, { shards: 1 });
    const heard: string[] = [];
    await events.subscribe((hint) => heard.push(hint.uuid));
    const stranger = new Redis(shared.url);
    t.teardown(async () => stranger.disconnect());
    const junk = fc.sample(fc.uint8Array({ maxLength: 500 }), { numRuns: 200, seed: 1 });
    for (const bytes of junk) await stranger.publish('junk:hints.0', Buffer.from(bytes));
    await stranger.publish('junk:hints.0', JSON.stringify({ v: 9, uuid: uuid(1) }));
    await stranger.publish('junk:hints.0', 'x'.repeat(1_025));
    await stranger.publish('junk:hints.0', 'x'.repeat(9_000_000));
    events.publish({ uuid: uuid(7), account: uuid(2), reason: 'changed' });
    await eventually(() => heard.length > 0);
    t.same(heard, [uuid(7)]);
    t.same(events.dropped, { malformed: junk.length, foreign: 1, oversized: 1 });
    t.equal(bus.dropped.oversized, 1);
    t.notOk(lines.some(({ message }) => message === AWAY));
  });

  t.test('a server that is killed and started again is listened to anew', async (t) => {
    const server = await own(t);
    const here = openBus(t, server.url);
    const there = openBus(t, server.url);
    const heard: string[] = [];
    const leave = await there.bus.subscribe('left', (message) => heard.push(message));
    await there.bus.subscribe('news', (message) => heard.push(message));
    here.bus.publish('news', 'before');
    await eventually(() => heard.includes('before'));

    await server.kill();
    await eventually(() => told(there, AWAY) === 1 && told(here, AWAY) === 1);
    for (let n = 0; n < 1_000; n += 1) here.bus.publish('news', `lost ${n}`);
    await turns();
    t.equal(here.bus.dropped.away, 1_000, 'nothing is kept for later');
    t.equal(
      await first(
        there.bus.subscribe('late', (message) => heard.push(message)),
        turns(),
      ),
      'work',
      'subscribing does not wait for a server that is away',
    );
    await leave();

    await server.start();
    await eventually(() => told(there, BACK) === 2 && told(here, BACK) === 2);
    here.bus.publish('left', 'to nobody');
    here.bus.publish('news', 'after');
    here.bus.publish('late', 'late');
    await eventually(() => heard.length >= 3);
    t.same(heard, ['before', 'after', 'late']);
    t.equal(told(there, AWAY), 1, 'an episode is told once, however many attempts it takes');
  });

  t.test('a server that is away at the start is heard as soon as it is there', async (t) => {
    const server = await own(t);
    await server.kill();
    const { bus, lines } = openBus(t, server.url);
    const heard: string[] = [];
    await bus.subscribe('news', (message) => heard.push(message));
    t.same(
      lines.map(({ message }) => message),
      [AWAY],
    );
    bus.publish('news', 'lost');
    await server.start();
    await eventually(() => lines.length === 2);
    bus.publish('news', 'heard');
    await eventually(() => heard.length > 0);
    t.same(heard, ['heard']);
    t.equal(bus.dropped.away, 1);
  });

  t.test('a server that hangs is given up, costs no memory, and is heard again', async (t) => {
    const server = await own(t);
    const here = openBus(t, server.url);
    const heard: string[] = [];
    await here.bus.subscribe('news', (message) => heard.push(message));
    server.pause();
    const long = 'x'.repeat(1_000_000);
    for (let n = 0; n < 200; n += 1) here.bus.publish('news', long);
    t.ok(here.bus.dropped.backlog >= 160, 'no more than a bounded lot is on its way');
    await eventually(() => told(here, AWAY) === 1);
    const { backlog, lost } = here.bus.dropped;
    await eventually(() => here.bus.dropped.lost + backlog === 200);
    t.ok(lost <= 40);
    t.equal(
      await first(
        here.bus.subscribe('more', (message) => heard.push(message)),
        turns(),
      ),
      'work',
      'nor for one that hangs',
    );
    server.resume();
    await eventually(() => told(here, BACK) === 2);
    here.bus.publish('more', 'again');
    await eventually(() => heard.includes('again'));
    t.equal(told(here, AWAY), 1);
  });

  t.test('a silent server is noticed though nothing is published', async (t) => {
    const server = await own(t);
    const here = openBus(t, server.url);
    await here.bus.subscribe('news', () => {});
    server.pause();
    await eventually(() => told(here, AWAY) === 1);
    server.resume();
    await eventually(() => told(here, BACK) === 2);
  });

  t.test('a wrong password is told once and never shown', async (t) => {
    const server = await own(t, ['requirepass right-horse']);
    const wrong = openBus(t, server.url.replace('redis://', 'redis://:hunter2@'));
    const right = openBus(t, server.url.replace('redis://', 'redis://:right-horse@'));
    const none = openBus(t, server.url);
    const heard: string[] = [];
    await right.bus.subscribe('news', (message) => heard.push(message));
    await wrong.bus.subscribe('news', (message) => heard.push(message));
    await none.bus.subscribe('news', (message) => heard.push(message));
    wrong.bus.publish('news', 'from a stranger');
    none.bus.publish('news', 'from another');
    right.bus.publish('news', 'from one of us');
    await eventually(() => heard.length > 0);
    const raw = new Redis(server.url.replace('redis://', 'redis://:right-horse@'));
    t.teardown(async () => raw.disconnect());
    // By then each has tried, and failed, more than once.
    await eventually(async () => connectionsSoFar(await raw.info('stats')) >= 15);
    t.same(heard, ['from one of us']);
    for (const { lines } of [wrong, none]) {
      t.same(
        lines.map(({ message }) => message),
        [AWAY],
      );
      t.match(JSON.stringify(lines), /WRONGPASS|NOAUTH/);
    }
    t.notMatch(JSON.stringify([wrong.lines, right.lines]), /hunter2|right-horse/);
    t.equal(wrong.bus.dropped.away, 1);
  });

  t.test('of two brokers one may be away', async (t) => {
    const [first, second] = await Promise.all([own(t), own(t)]);
    const urls = [first.url, second.url];
    const here = openBus(t, urls);
    const there = openBus(t, urls);
    const heard: string[] = [];
    await there.bus.subscribe('news', (message) => heard.push(message));
    here.bus.publish('news', 'both');
    await eventually(() => heard.length > 0);
    await first.kill();
    await eventually(() => [here, there].every((each) => told(each, ONE_AWAY) === 1));
    here.bus.publish('news', 'second');
    await eventually(() => heard.includes('second'));
    await first.start();
    await eventually(() => [here, there].every((each) => told(each, BACK) === 3));
    await second.kill();
    await eventually(() => [here, there].every((each) => told(each, ONE_AWAY) === 2));
    here.bus.publish('news', 'first');
    await eventually(() => heard.includes('first'));
    t.same(heard, ['both', 'second', 'first']);
    t.equal(told(here, AWAY), 0);
    await first.kill();
    await eventually(() => told(here, AWAY) === 1);
  });

  t.test('ten thousand messages arrive, and soon', async (t) => {
    const here = openBus(t, shared.url, { prefix: 'many' });
    const there = openBus(t, shared.url, { prefix: 'many' });
    const delays: number[] = [];
    await there.bus.subscribe('news', (message) => {
      delays.push(performance.now() - Number(message));
    });
    for (let batch = 0; batch < 100; batch += 1) {
      for (let n = 0; n < 100; n += 1) here.bus.publish('news', String(performance.now()));
      await turns();
    }
    await eventually(() => delays.length === 10_000);
    const sorted = delays.toSorted((a, b) => a - b);
    t.comment(`p50 ${sorted[5_000]?.toFixed(1)} ms, p99 ${sorted[9_900]?.toFixed(1)} ms`);
    t.same(here.bus.dropped, { away: 0, backlog: 0, oversized: 0, lost: 0 });
  });

  t.test('once closed, it is quiet', async (t) => {
    const { bus, lines } = openBus(t, shared.url, { prefix: 'closed' });
    const heard: string[] = [];
    await bus.subscribe('news', (message) => heard.push(message));
    await bus.close();
    await bus.close();
    bus.publish('news', 'lost');
    await bus.subscribe('news', (message) => heard.push(message));
    await turns(3);
    t.same(heard, []);
    t.equal(bus.dropped.away, 1);
    t.same(
      lines.map(({ message }) => message),
      [BACK],
    );
    const unused = openBus(t, shared.url);
    await unused.bus.close();
    t.same(unused.lines, []);
  });
}

const ONE_AWAY = 'a broker is away; the others carry events';

function told({ lines }: OpenBus, what: string): number {
  return lines.filter(({ message }) => message === what).length;
}

function connectionsSoFar(stats: string): number {
  return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
}

async function own(
  t: { teardown(fn: () => Promise<void>): void },
  settings: readonly string[] = [],
): Promise<Service> {
  const server = await startRedis({ settings });
  t.teardown(() => server.close());
  return server;
}

/** Which is over first: work that needs nobody else is, before anything could come over a connection. */
async function first(work: Promise<unknown>, others: Promise<void>): Promise<'work' | 'others'> {
  const winner = await Promise.race([
    work.then(() => 'work' as const),
    others.then(() => 'others' as const),
  ]);
  await work;
  return winner;
}
