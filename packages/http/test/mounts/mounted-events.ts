import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Test } from 'tap';
import { type Mounted, mounted, type Subject } from './subject.js';

/** Far more characters than are taken from a feed at once. */
const ENOUGH = 1_000_000;
const LONG = 'x'.repeat(10_000);

/** Events are told at once for as long as somebody listens, and to nobody who does not take them. */
export async function events(t: Test, subject: Subject): Promise<void> {
  await t.test(`${subject.name}: events are told at once, up to the last`, async (t) => {
    const world = await mounted(t, subject);
    const { feed } = world;
    const { status, headers, body } = await listen(world).answer;
    t.equal(status, 200);
    t.match(headers['content-type'], /^text\/event-stream/);
    const ended = once(body, 'end');
    const told = reader(body);
    await told('event: ready');
    feed.say({ kind: 'still', position: 'second' });
    await told('second');
    t.equal(feed.closed, 0);
    feed.say({ kind: 'bye', reason: 'shutdown' });
    await told('shutdown');
    await ended;
    t.pass('and then it ends');
  });

  await t.test(`${subject.name}: a client that goes is told nothing more`, async (t) => {
    const world = await mounted(t, subject);
    const exchange = listen(world);
    const { body } = await exchange.answer;
    body.on('error', () => undefined);
    await once(body, 'data');
    exchange.leave();
    await world.feed.until(({ closed }) => closed > 0);
    t.pass('its place in the feed is given up');
  });

  await t.test(
    `${subject.name}: a feed that tells too much at once waits, and goes on`,
    async (t) => {
      const world = await mounted(t, subject);
      const { feed } = world;
      const exchange = listen(world);
      const { body } = await exchange.answer;
      body.on('error', () => undefined);
      await once(body, 'data');
      body.pause();
      const { wanted } = feed;
      t.ok(await fill(world), 'it is full at some time');
      takeAll(body);
      await feed.until((now) => now.wanted > wanted);
      exchange.leave();
      await feed.until(({ closed }) => closed > 0);
    },
  );
}

/** Waits, each time it is called, until a word has come. */
function reader(body: Readable): (word: string) => Promise<void> {
  let all = '';
  body.on('data', (chunk) => (all += String(chunk)));
  return async (word) => {
    while (!all.includes(word)) await once(body, 'data');
  };
}

function listen({ wire, headers }: Mounted): ReturnType<Mounted['wire']['begin']> {
  const exchange = wire.begin('/cloud/v1/events', {
    headers: { ...headers, accept: 'text/event-stream' },
  });
  exchange.sends.end();
  return exchange;
}

async function fill({ feed }: Mounted): Promise<boolean> {
  for (let said = 0; said < ENOUGH; said += LONG.length) {
    if (feed.say({ kind: 'still', position: LONG }) === 'full') return true;
    if (said % (LONG.length * 10) === 0) await turn();
  }
  return false;
}

function takeAll(body: Readable): void {
  body.on('data', () => undefined);
  body.resume();
}
