import t from 'tap';
import { tellOfTenants, tellOfTheirEnd } from '../open-vswitch/tenant-story.js';
import { tellOfDeaths } from './deaths.js';
import { tellOfTheGate } from './gate.js';
import { findKernel, type KernelSeries } from './guest-machine.js';
import { KernelRig } from './kernel-rig.js';
import { tellOfProbes } from './probed-isolation.js';
import { tellOfSegments } from './segments.js';

/** Carries networks on a kernel of Debian's, test by test. */
export function carryNetworksOn(series: KernelSeries): void {
  t.setTimeout(900_000);
  const kernel = findKernel(series);
  if (typeof kernel === 'string') {
    t.test(`networks on ${series}`, { skip: kernel }, async () => {});
    return;
  }
  t.test(`networks on ${series}`, { bail: true }, async (group) => {
    const rig = await KernelRig.start(kernel);
    group.teardown(() => rig.close());
    group.match(await rig.machine.run('cat /proc/version'), `Linux version ${series}.`);
    const story = await tellOfTenants(group, rig);
    await tellOfProbes(group, rig);
    await group.test('tenants are no neighbours, whatever tags they send', async (t) => {
      await rig.run(
        'b2',
        `ip address add 10.0.0.77/24 dev eth0
         ip address add 10.0.0.78/24 dev eth0`,
      );
      await rig.run(
        'a1',
        `ip link add link eth0 name tagged type vlan id 102
         ip address add 10.0.77.1/32 dev tagged
         ip link set dev tagged up
         ip route add 10.0.0.78/32 dev tagged`,
      );
      for (const address of ['10.0.0.77', '10.0.0.78']) {
        t.equal(await rig.answer('b1', `${address}:8080`), 'b2');
      }
      for (const address of ['10.0.0.77', '10.0.0.78']) {
        t.equal(await rig.ask('a1', `${address}:8080`), '');
        t.match(await rig.run('a1', `ip neigh show ${address}`), /FAILED|INCOMPLETE/);
      }
    });
    await group.test(
      'what a gateway sends on a trunk by the kernel arrives in its network only',
      async (t) => {
        for (const [from, to] of [
          [story.told.a, story.told.b],
          [story.told.b, story.told.a],
        ] as const) {
          const { tried, arrived, by } = await rig.agent.probe(from, to);
          t.equal(by, 'gateway');
          t.ok(tried.length > 5, `${tried.length} probes`);
          t.same(arrived, []);
        }
      },
    );
    await tellOfTheGate(group, rig, story.told.a);
    await tellOfTheirEnd(group, rig, story);
    await tellOfDeaths(group, rig, story, series === '6.1' ? 1 : 2);
    await tellOfSegments(group, rig);
  });
}
