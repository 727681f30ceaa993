import t from 'tap';
import { until } from '../support/network-sandbox.js';
import { skipWithoutTags, TaggedRig } from './tagged-rig.js';
import { tellOfTenants, tellOfTheirEnd } from './tenant-story.js';
import { FACTS, networkOf, OTHER, TENANTS } from './tenants.js';

t.setTimeout(180_000);

t.test('tenants of one tagged trunk', { skip: skipWithoutTags(), bail: true }, async (group) => {
  const rig = await TaggedRig.start();
  group.teardown(() => rig.close());
  const story = await tellOfTenants(group, rig);

  await group.test('the agent itself shows that they are apart', async (t) => {
    const before = await rig.remains();
    for (const tenant of TENANTS) {
      const { tried, arrived } = await rig.agent.probe(
        story.told[tenant],
        story.told[OTHER[tenant]],
      );
      t.ok(tried.length > 5, `${tried.length} probes`);
      t.same(arrived, []);
    }
    await until(
      () => rig.remains(),
      (remains) => remains === before,
    );
    t.equal(await rig.answer('a2', '203.0.113.1:7'), FACTS.a.publicAddress);
  });

  await group.test('networks go on when the switch starts anew', async (t) => {
    await rig.restartSwitch();
    for (const tenant of TENANTS) {
      const { publicAddress } = FACTS[tenant];
      t.equal(await rig.answer('inet', `${publicAddress}:9004`), `${tenant}1`);
      t.equal(await rig.answer(`${tenant}2`, '203.0.113.1:7'), publicAddress);
    }
  });

  await group.test('a way out that is given up leaves the switch', async (t) => {
    const outside = await rig.portsOf('out');
    const shut = {
      publicAddresses: [],
      outgoingAddress: null,
      outgoingIpv6Address: null,
      forwards: [],
      balancers: [],
    };
    await rig.agent.follow(networkOf('a', shut));
    t.equal((await rig.portsOf('out')).length, outside.length - 1);
    await rig.agent.follow(story.told.a);
    t.same(await rig.portsOf('out'), outside);
    t.equal(await rig.answer('inet', `${FACTS.a.publicAddress}:9004`), 'a1');
  });

  await group.test('a network that is given another tag is on that one alone', async (t) => {
    const forwarded = `${FACTS.a.publicAddress}:9004`;
    const segment = { kind: 'vlan', physicalNetwork: 'physnet1', id: 103 } as const;
    const moved = { ...story.told.a, desired: { ...story.told.a.desired, segment } };
    await rig.agent.follow(moved);
    t.equal(await rig.ask('inet', forwarded), '', 'its server is where it was');
    await rig.machine.run('ovs-vsctl set port p-a1 tag=103');
    t.equal(await rig.answer('inet', forwarded), 'a1');
    await rig.machine.run(`ovs-vsctl set port p-a1 tag=${FACTS.a.vlan}`);
    await rig.agent.follow(story.told.a);
    t.equal(await rig.answer('inet', forwarded), 'a1');
  });

  await group.test('a port that somebody has given other tags gets its own back', async (t) => {
    const set = async (name: string, columns: string): Promise<void> => {
      await rig.machine.run(`ovs-vsctl set port ${name} ${columns}`);
    };
    const ports = await rig.portsOf('ap');
    for (const columns of ['tag=102', 'vlan_mode=trunk', 'trunks=101,102']) {
      for (const name of ports.filter((its) => its.startsWith('v'))) await set(name, columns);
      t.same((await rig.agent.audit(story.told.b)).repairs, columns === 'tag=102' ? [] : ['links']);
      t.same((await rig.agent.audit(story.told.a)).repairs, ['links'], columns);
      t.same((await rig.agent.audit(story.told.a)).repairs, []);
      t.equal(await rig.answer('inet', `${FACTS.a.publicAddress}:9004`), 'a1');
      t.equal(await rig.answer('inet', `${FACTS.b.publicAddress}:9004`), 'b1');
    }
    t.same((await rig.portsOf('ap')).toSorted(), ports.toSorted());
  });

  await group.test('the agent itself notices where they are not', async (t) => {
    await rig.plugTogether();
    const { tried, arrived } = await rig.agent.probe(story.told.a, story.told.b);
    t.ok(arrived.includes('to everyone'), `${arrived.length} of ${tried.length}`);
    await rig.unplug();
    t.same((await rig.agent.probe(story.told.a, story.told.b)).arrived, []);
  });

  await tellOfTheirEnd(group, rig, story);
});
