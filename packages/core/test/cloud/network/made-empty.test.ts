import { type ApplianceDesired, elementsOf, type Plugin } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, startCloud } from '../../support/cloud.js';
import { documentOf, forwardTo, reachable } from '../../support/networking.js';
import { overAppliances } from '../../support/over-network.js';

/** Keeps each create call of appliances, to be sent once more. */
class SentCreates {
  readonly documents: ApplianceDesired[] = [];
  readonly again: (() => Promise<unknown>)[] = [];

  readonly plugin: Plugin = overAppliances((appliances) => ({
    create: (...args) => {
      const [, document] = args;
      this.documents.push(document);
      this.again.push(() => appliances.create(...args));
      return appliances.create(...args);
    },
  }));
}

t.test('an appliance that is made anew gets what it carries by a change', async (t) => {
  const sent = new SentCreates();
  const world = await startCloud(t, { plugins: [sent.plugin] });
  const all = await reachable(world);
  const forward = await world.create('portforward', forwardTo(all));
  await world.reaches('portforward', forward.id, 'active');
  const before = documentOf(world, all.network);

  world.outside.appliances.objects.delete(all.network.uuid);
  await world.act('network', all.network.id, 'reconcile');
  await world.quiet();

  t.equal(sent.documents.length, 2);
  const made = sent.documents[1];
  if (made === undefined) throw new Error('it was not made anew');
  t.equal(elementsOf(made).size, 0);
  t.equal(made.outgoingAddress, null);
  t.ok(made.revision < before.revision);
  t.same(documentOf(world, all.network), before);
});

t.test('a create that arrives when its network is gone brings no way in back', async (t) => {
  const sent = new SentCreates();
  const world = await startCloud(t, { plugins: [sent.plugin] });
  const all = await reachable(world);
  world.outside.appliances.objects.delete(all.network.uuid);
  await world.act('network', all.network.id, 'reconcile');
  await world.quiet();
  for (const [type, { id }] of [
    ['ipaddress', all.address],
    ['virtualmachine', all.machine],
    ['network', all.network],
  ] as const) {
    await world.remove(type, id);
    await world.reaches(type, id, 'removed');
  }
  t.notOk(world.outside.appliances.objects.has(all.network.uuid));

  await sent.again[1]?.();

  t.equal(elementsOf(documentOf(world, all.network)).size, 0);
});

t.test('an appliance of a network with nothing in it is made as asked', async (t) => {
  const sent = new SentCreates();
  const world = await startCloud(t, { plugins: [sent.plugin] });
  const network = await readyNetwork(world);
  t.same(sent.documents, [documentOf(world, network)]);
  t.equal(world.outside.appliances.counts.update, 0);
});
