import { HEALTH_CHECK, PortUnavailable } from '@gdcloud/core';
import t from 'tap';
import { startCloud } from '../support/cloud.js';

function byCheck(left: object, right: object): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

const AWAY = new PortUnavailable('locks', 'away', { remedy: 'Wait.' });

t.test('a cloud whose ports answer is ready', async (t) => {
  const { cloud } = await startCloud(t);
  t.same(await cloud.health(), {
    ready: 'yes',
    checks: [
      { name: 'store', needed: 'yes', state: 'ok' },
      { name: 'locks', needed: 'no', state: 'ok' },
    ],
  });
});

t.test('without locks or a bus it answers all the same, and says what is away', async (t) => {
  const { cloud, lines } = await startCloud(t, {
    locks: { tryAcquire: () => Promise.reject(AWAY), holder: () => Promise.reject(AWAY) },
    plugins: [
      (container) =>
        container.register(HEALTH_CHECK, {
          useValue: { name: 'bus', needed: 'no', check: () => Promise.reject(new Error('gone')) },
        }),
    ],
  });
  t.match(await cloud.health(), { ready: 'yes', reason: 'no answer from: locks, bus' });
  const told = lines.filter(({ message }) => message === 'a health check failed');
  t.same(told.map(({ data }) => data).toSorted(byCheck), [
    { check: 'bus', error: 'gone' },
    { check: 'locks', error: 'away' },
  ]);
});

t.test('a store that never answers is not waited for, and the cloud is not ready', async (t) => {
  let hangs: 'no' | 'yes' = 'no';
  const world = await startCloud(t, {
    wrapStore: (store) => ({
      ...store,
      get: (uuid) => (hangs === 'yes' ? new Promise(() => undefined) : store.get(uuid)),
    }),
  });
  hangs = 'yes';
  const health = world.cloud.health();
  world.clock.advance(2_000);
  t.match(await health, { ready: 'no', reason: 'no answer from: store' });
  hangs = 'no';
  t.match(await world.cloud.health(), { ready: 'yes' });
});
