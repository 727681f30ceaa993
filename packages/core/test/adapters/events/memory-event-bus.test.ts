import type { Hint } from '@gdcloud/core';
import t from 'tap';
import { MemoryEventBus } from '../../../dist/adapters/events/memory-event-bus.js';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { eventBusContract } from '../messages/event-bus-contract.js';

eventBusContract('memory', () => {
  const bus = new MemoryEventBus();
  return Promise.resolve({ here: bus, there: bus });
});

const hint: Hint = { uuid: uuid(1), account: uuid(2), reason: 'changed' };

t.test('every subscriber hears every hint, later than the publisher goes on', async (t) => {
  const bus = new MemoryEventBus();
  const heard: string[] = [];
  await bus.subscribe(({ reason }) => heard.push(`one ${reason}`));
  await bus.subscribe(({ reason }) => heard.push(`two ${reason}`));
  bus.publish(hint);
  bus.publish({ ...hint, reason: 'backend' });
  t.same(heard, [], 'a publisher never runs its subscribers’ code');
  await turns();
  t.same(heard, ['one changed', 'two changed', 'one backend', 'two backend']);
});

t.test('who has left hears nothing more', async (t) => {
  const bus = new MemoryEventBus();
  const heard: Hint[] = [];
  const leave = await bus.subscribe((received) => heard.push(received));
  bus.publish(hint);
  await turns();
  await leave();
  await leave();
  bus.publish(hint);
  await turns();
  t.same(heard, [hint]);
});

t.test('hints for nobody are lost, as they may be', async (t) => {
  const bus = new MemoryEventBus();
  t.doesNotThrow(() => bus.publish(hint));
  await turns();
});
