import type { ApplianceRepair } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, startCloud } from '../../support/cloud.js';

t.test('a network tells what its appliance has repaired, once', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const repaired = async (...repairs: readonly ApplianceRepair[]): Promise<void> => {
    const kept = world.outside.appliances.objects.get(network.uuid);
    if (kept === undefined) throw new Error('no appliance');
    kept.actual = { ...kept.actual, repairs };
    await world.act('network', network.id, 'reconcile');
    await world.quiet();
  };
  const told = async () =>
    (await world.store.history(network.uuid, 100))
      .filter(({ what }) => what === 'appliance.repaired')
      .map(({ result }) => result);
  const says = async () => (await world.cloud.explain(network.uuid)).verdict;
  const first = [
    { at: 1_000, parts: ['rules', 'elements'] },
    { at: 2_000, parts: ['rules'] },
  ];

  await repaired(...first);
  t.same(await told(), ['rules (2 times), elements']);
  t.equal(
    await says(),
    `network ${network.id} is as asked as far as we keep it so, but somebody else changed it: its appliance has repaired rules (2 times), elements`,
  );
  t.equal((await world.state('network', network.id)).state, 'active');

  await repaired(...first, { at: 3_000, parts: ['tunnel'] });
  t.same(await told(), ['tunnel', 'rules (2 times), elements']);
  t.match(await says(), 'tunnel');

  await repaired(...first, { at: 3_000, parts: ['tunnel'] });
  t.equal((await told()).length, 2);
  t.equal(await says(), `network ${network.id} is as asked`);
});
