import { MemoryMessageBus } from '@gdcloud/core';
import t from 'tap';
import { messageBusContract } from './message-bus-contract.js';

messageBusContract('memory', () => {
  const bus = new MemoryMessageBus();
  return Promise.resolve({ here: bus, there: bus });
});

t.test('what was too long is counted', async (t) => {
  const bus = new MemoryMessageBus();
  bus.publish('news', 'x'.repeat(8_388_609));
  bus.publish('news', 'short');
  t.same(bus.dropped, { oversized: 1 });
});
