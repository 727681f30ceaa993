import { type Hint, MemoryMessageBus, type MessageBus, MessageEventBus } from '@gdcloud/core';
import t from 'tap';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { eventBusContract } from './event-bus-contract.js';

const hint: Hint = { uuid: uuid(1), account: uuid(2), reason: 'changed' };

eventBusContract('messages in memory', () => {
  const messages = new MemoryMessageBus();
  return Promise.resolve({
    here: new MessageEventBus(messages),
    there: new MessageEventBus(messages),
  });
});

function recording(): MessageBus & { readonly sent: { topic: string; message: string }[] } {
  const sent: { topic: string; message: string }[] = [];
  return {
    sent,
    publish: (topic, message) => sent.push({ topic, message }),
    subscribe: (topic) => {
      sent.push({ topic, message: 'subscribed' });
      return Promise.resolve(() => Promise.resolve());
    },
  };
}

t.test('the same hint is sent once a turn, and again in the next', async (t) => {
  const messages = recording();
  const bus = new MessageEventBus(messages);
  bus.publish(hint);
  await Promise.resolve();
  bus.publish({ ...hint });
  bus.publish({ ...hint, reason: 'backend' });
  await turns();
  t.equal(messages.sent.length, 2);
  bus.publish(hint);
  await turns(2);
  t.equal(messages.sent.length, 3);
});

t.test('hints of a resource keep to one topic, those of many use all', async (t) => {
  const messages = recording();
  const bus = new MessageEventBus(messages, { shards: 4 });
  for (let n = 0; n < 100; n += 1) {
    bus.publish({ ...hint, uuid: uuid(n) });
    bus.publish({ ...hint, uuid: uuid(n), reason: 'dependency' });
  }
  await turns();
  const topics = new Map<string, Set<string>>();
  for (const { topic, message } of messages.sent) {
    const { uuid: of } = JSON.parse(message);
    topics.set(of, (topics.get(of) ?? new Set()).add(topic));
  }
  t.equal(topics.size, 100);
  t.ok([...topics.values()].every(({ size }) => size === 1));
  t.same([...new Set(messages.sent.map(({ topic }) => topic))].toSorted(), [
    'hints.0',
    'hints.1',
    'hints.2',
    'hints.3',
  ]);
});

t.test('all topics are listened to', async (t) => {
  const messages = recording();
  await new MessageEventBus(messages).subscribe(() => {});
  t.same(
    messages.sent.map(({ topic }) => topic),
    Array.from({ length: 16 }, (_, shard) => `hints.${shard}`),
  );
});

t.test('what is no hint is counted by reason and dropped', async (t) => {
  const messages = new MemoryMessageBus();
  const bus = new MessageEventBus(messages);
  const heard: Hint[] = [];
  await bus.subscribe((received) => heard.push(received));
  messages.publish('hints.0', 'junk');
  messages.publish('hints.1', 'more junk');
  messages.publish('hints.2', JSON.stringify({ ...hint, v: 2 }));
  messages.publish('hints.3', 'x'.repeat(2_000));
  await turns();
  t.same(bus.dropped, { malformed: 2, foreign: 1, oversized: 1 });
  t.same(heard, []);
});

t.test('an odd number of topics is refused', async (t) => {
  for (const shards of [0, -1, 1.5, 2_000, Number.NaN])
    t.throws(() => new MessageEventBus(new MemoryMessageBus(), { shards }), RangeError);
});
