import { MESSAGE_BUS } from '@gdcloud/core';
import { describeDrivers, remoteDrivers } from '@gdcloud/core/driver-host';
import { appliancePair } from '@gdcloud/driver-vlan';
import t from 'tap';
import { DistantCloud } from '../driver-host/distant-cloud.js';
import { KEY } from '../driver-host/host-settings.js';
import { PairRig } from '../high-availability/pair-rig.js';
import { skipWithoutTags } from '../open-vswitch/tagged-rig.js';
import { until } from '../support/network-sandbox.js';
import { edge } from './machines/edge.js';
import { LineBus } from './machines/line-bus.js';
import { Machine } from './machines/machine.js';

t.setTimeout(240_000);

/** How long a machine may take over for; milliseconds. */
const PERMIT_MS = 3_000;

t.test(
  'a cloud with a pair of machines',
  { skip: skipWithoutTags(), bail: true },
  async (group) => {
    const rig = await PairRig.wired(() => ({ kind: 'lease', pair: 'edge' }));
    group.teardown(() => rig.close());
    const bus = new LineBus();
    const machines = [
      new Machine('edge-a', { rig, which: 'ap1', bus }),
      new Machine('edge-b', { rig, which: 'ap2', bus }),
    ] as const;
    for (const machine of machines) {
      await machine.start();
      group.teardown(() => machine.close());
    }
    const manifest = describeDrivers([edge()]);
    const far = (host: string) => remoteDrivers({ host, keys: [KEY], manifest });
    const cloud = await DistantCloud.start(group, [
      (container) => container.register(MESSAGE_BUS, { useValue: bus }),
      appliancePair({
        name: 'edge',
        permitMs: PERMIT_MS,
        answerMs: 1_500,
        appliances: { 'edge-a': far('edge-a'), 'edge-b': far('edge-b') },
      }),
    ]);
    const heard = async (): Promise<readonly Machine[]> => {
      const open = await Promise.all(machines.map((machine) => machine.isHeard()));
      return machines.filter((_, nth) => open[nth]);
    };
    const roles = async (): Promise<{ readonly active: Machine; readonly other: Machine }> => {
      const [active] = await until(heard, ({ length }) => length === 1);
      const other = machines.find((machine) => machine !== active);
      if (active === undefined || other === undefined) throw new Error('none of them is heard');
      return { active, other };
    };

    await cloud.made('addresspool', {
      cidr: '203.0.113.0/24',
      gateway: '203.0.113.1',
      uplink: 'ext',
    });
    const network = await cloud.made('network', { ipv4Cidr: '10.0.0.0/24' });
    const [address, server] = await Promise.all([
      cloud.made('ipaddress', { networkId: network.id }),
      cloud
        .create('virtualmachine', { offering: '1gb-1cpu', imageId: '1', networkId: network.id })
        .then((machine) => cloud.reaches('virtualmachine', machine, 'running')),
    ]);
    const forwardFrom = (publicStartPort: number) =>
      cloud.made('portforward', {
        ipaddressId: address.id,
        virtualmachineId: server.id,
        publicStartPort,
        privateStartPort: 8080,
      });
    const outside = String(address.status['address']);
    const [inside, mac] = [server.status['privateIpv4Address'], server.status['macAddress']].map(
      String,
    );
    await rig.rack.run(`
    ip -n a1 address flush dev eth0
    ip -n a1 link set dev eth0 address ${mac}
    ip -n a1 address add ${inside}/24 dev eth0
    ip -n a1 route replace default via 10.0.0.1`);
    rig.rack.start(`socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'echo hello'`, 'a1');
    const ask = async (port: number): Promise<string> =>
      (
        await rig.rack.run(`socat -u -T1 TCP:${outside}:${port},connect-timeout=1 - || true`, {
          namespace: 'inet',
        })
      ).trim();
    const [kept, closed] = [await forwardFrom(80), await forwardFrom(81)];

    await group.test('one of them is heard, and both carry what is asked for', async (t) => {
      const { active } = await roles();
      for (const port of [80, 81]) t.equal(await ask(port), 'hello');
      const { status } = await cloud.reaches('network', network, 'active');
      t.equal((await heard()).length, 1);
      t.ok(active.name in (Object(status['appliances']) ?? {}));
    });

    await group.test(
      'a forward that is removed while the other hangs is gone as soon as that can’t take over',
      async (t) => {
        const { other } = await roles();
        await other.signal('STOP');
        const began = performance.now();
        await cloud.remove('portforward', closed);
        await until(
          async () => (await cloud.explain(closed)).verdict,
          (verdict) => /edge-[ab] can’t be reached; it is in force on edge-[ab]/.test(verdict),
          60,
        );
        t.equal(await ask(81), '', 'it is closed where it is heard');
        await cloud.reaches('portforward', closed, 'removed');
        const took = performance.now() - began;
        t.ok(took > PERMIT_MS, `told to be gone after ${took} ms`);
        t.equal(await ask(80), 'hello');
      },
    );

    await group.test(
      'the other comes back as the first dies: it takes over with nothing open that was closed',
      async (t) => {
        const { active, other: back } = await roles();
        const seen = new Set<string>();
        const looking = { on: true };
        const look = (async () => {
          while (looking.on) seen.add(await ask(81));
        })();
        await active.signal('KILL');
        await back.signal('CONT');
        await until(
          () => back.isHeard(),
          (isHeard) => isHeard,
          60,
        );
        await until(
          () => ask(80),
          (answer) => answer === 'hello',
        );
        looking.on = false;
        await look;
        t.same([...seen], [''], 'nobody got in meanwhile');
        t.notOk(await active.isHeard());
        await active.start();
        const { status } = await until(
          () => cloud.reaches('network', network, 'active'),
          (row) => !Object.values(Object(row.status['appliances']) ?? {}).includes('away'),
        );
        t.same(Object.keys(Object(status['appliances']) ?? {}).sort(), ['edge-a', 'edge-b']);
        t.equal(await ask(80), 'hello');
      },
    );

    await group.test(
      'one that no kernel reaches gives way to the other, though it has the lease: changes go on',
      async (t) => {
        const { active, other } = await roles();
        active.reached = 'no';
        await cloud.remove('portforward', kept);
        await cloud.reaches('portforward', kept, 'removed');
        t.ok(await other.isHeard());
        t.notOk(await active.isHeard());
        t.equal(await ask(80), '');
        active.reached = 'yes';
      },
    );
  },
);
