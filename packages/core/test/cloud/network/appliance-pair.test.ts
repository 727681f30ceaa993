import type { ApplianceActual, DocumentsOnRecord, Plugin } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, startCloud } from '../../support/cloud.js';
import { forwardTo, reachable } from '../../support/networking.js';
import { overDriver } from '../../support/over-driver.js';
import { overAppliances, overNetwork } from '../../support/over-network.js';
import { untilAborted } from '../../support/turns.js';

/** A pair as its kernel has it, over the one appliance in memory. */
class Pair {
  standing: NonNullable<ApplianceActual['pair']> = { 'edge-a': 'active', 'edge-b': 'standby' };
  records: DocumentsOnRecord | undefined;
  /** What `carried` answers instead. */
  carried: number | undefined;
  onDelete: () => Promise<void> = () => Promise.resolve();

  readonly plugin: Plugin = overNetwork((network) => {
    const { appliances } = network;
    return {
      carried: async (...args) => this.carried ?? (await network.carried(...args)),
      vouch: (records, { signal }) => {
        this.records = records;
        return untilAborted(signal);
      },
      appliances: overDriver(appliances, {
        observe: async (...args) => {
          const seen = await appliances.observe(...args);
          if (seen.presence !== 'present') return seen;
          return { ...seen, actual: { ...seen.actual, pair: this.standing } };
        },
        delete: async (...args) => {
          await this.onDelete();
          return appliances.delete(...args);
        },
      }),
    };
  });
}

t.test('a network says how its appliances stand, and so does its explanation', async (t) => {
  const pair = new Pair();
  const world = await startCloud(t, { plugins: [pair.plugin] });
  const network = await readyNetwork(world);
  t.same(network.status['appliances'], { 'edge-a': 'active', 'edge-b': 'standby' });
  t.match(await world.cloud.explain(network.uuid), { verdict: /is as asked$/ });
  pair.standing = { 'edge-a': 'active', 'edge-b': 'away' };
  await world.act('network', network.id, 'reconcile');
  await world.quiet();
  const seen = await world.get('network', network.id);
  t.match(
    seen.conditions.find(({ type }) => type === 'Healthy'),
    {
      status: 'False',
      reason: 'ApplianceAway',
      message: 'edge-b can’t be reached; it is in force on edge-a',
    },
  );
  t.match(await world.cloud.explain(network.uuid), {
    asAsked: 'yes',
    verdict: /is as asked, but edge-b can’t be reached; it is in force on edge-a/,
  });
});

t.test('what waits for an appliance that is away says so', async (t) => {
  const pair = new Pair();
  const world = await startCloud(t, { plugins: [pair.plugin] });
  const there = await reachable(world);
  const forward = await world.create('portforward', forwardTo(there));
  await world.reaches('portforward', forward.id, 'active');
  pair.standing = { 'edge-a': 'active', 'edge-b': 'away' };
  await world.act('network', there.network.id, 'reconcile');
  await world.quiet();
  pair.carried = 0;
  await world.remove('portforward', forward.id);
  await world.quiet();
  t.match(await world.state('portforward', forward.id), {
    state: 'removing',
    transitioningMessage: /let go of it: edge-b can’t be reached; it is in force on edge-a/,
  });
  pair.carried = undefined;
  await world.reaches('portforward', forward.id, 'removed');
});

t.test('an appliance that comes back and is brought up to date is no drift', async (t) => {
  const pair = new Pair();
  const behind = overAppliances((appliances) => ({
    observe: async (...args) => {
      const seen = await appliances.observe(...args);
      if (seen.presence !== 'present' || world.times === 0) return seen;
      world.times -= 1;
      return { ...seen, changes: [{ field: 'behind', desired: [], actual: ['edge-b'] }] };
    },
  }));
  const world = { times: 0 };
  const cloud = await startCloud(t, { plugins: [pair.plugin, behind] });
  const network = await readyNetwork(cloud);
  for (let round = 0; round < 5; round += 1) {
    world.times = 1;
    await cloud.act('network', network.id, 'reconcile');
    await cloud.quiet();
    t.equal(world.times, 0, 'it was looked at');
  }
  const { conditions } = await cloud.get('network', network.id);
  t.not(conditions.find(({ type }) => type === 'Drifted')?.status, 'True');
  t.match(await cloud.state('network', network.id), { state: 'active', transitioning: 'no' });
});

t.test(
  'that a network is to be on no appliance is on record before any lets go of it',
  async (t) => {
    const pair = new Pair();
    const world = await startCloud(t, { plugins: [pair.plugin] });
    const network = await readyNetwork(world);
    const { documentRevision, appliedRevision } = network.status;
    t.same(await pair.records?.of(network.uuid), {
      told: documentRevision,
      followed: appliedRevision,
    });
    t.same(
      [...((await pair.records?.all()) ?? [])].map(([uuid]) => uuid),
      [network.uuid],
    );
    const seen: unknown[] = [];
    pair.onDelete = async () => {
      seen.push(await pair.records?.of(network.uuid), (await pair.records?.all())?.size);
    };
    await world.remove('network', network.id);
    await world.reaches('network', network.id, 'removed');
    t.same(seen, ['leaving', 0]);
    t.equal(await pair.records?.of(network.uuid), 'removed');
  },
);
