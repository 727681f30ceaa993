import { EVENT_BUS } from '@gdcloud/core';
import t from 'tap';
import { startCloud } from '../support/cloud.js';

/** The dirty scan runs every 5 s, 20 % more at most. */
const SCAN = 6_000;

t.test('while events are away, a change is worked on within a scan', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      (container) =>
        container.register(EVENT_BUS, {
          useValue: {
            publish: () => {},
            subscribe: () => Promise.resolve(() => Promise.resolve()),
          },
        }),
    ],
  });
  const passes = async (id: string): Promise<number> =>
    (await world.events('network', id)).filter((what) => what === 'pass').length;

  const asked = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await world.quiet();
  t.equal(asked.attemptedGeneration, 0, 'nobody heard of it');
  await world.pass(SCAN);
  const network = await world.reaches('network', asked.id, 'active');
  t.equal(network.observedGeneration, 1);
  t.ok((await passes(asked.id)) > 0);

  const renamed = await world.update('network', asked.id, { domain: 'example.org' });
  await world.quiet();
  t.equal((await world.get('network', asked.id)).attemptedGeneration, 1, 'nobody heard of that');
  await world.pass(SCAN);
  t.equal((await world.get('network', asked.id)).attemptedGeneration, renamed.generation);
});
