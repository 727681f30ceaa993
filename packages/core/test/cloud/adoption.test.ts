import { randomUUID } from 'node:crypto';
import {
  type AdoptableServer,
  asExternalId,
  asUuid,
  isReady,
  type JsonObject,
  type Resource,
} from '@gdcloud/core';
import t from 'tap';
import {
  readyNetwork,
  startCloud,
  surroundings,
  type TestCloud,
  type TestCloudOptions,
} from '../support/cloud.js';
import { Mortality, WRITES } from '../support/mortal-store.js';

// A busy machine takes its time.
t.setTimeout(300_000);

interface Stranger {
  readonly world: TestCloud;
  readonly uuid: string;
  readonly network: Resource;
  /** What it takes to adopt it. */
  readonly wish: JsonObject;
  /** Asks for it to be adopted. */
  readonly adopt: (more?: object) => Promise<Resource>;
  /** The resource that it has become. */
  readonly adopted: () => Promise<Resource | undefined>;
}

/** A cloud on whose first host a server of nobody's runs, in a network of the cloud. */
async function stranger(
  t: Parameters<typeof startCloud>[0],
  more: Partial<AdoptableServer> = {},
  options: TestCloudOptions = {},
): Promise<Stranger> {
  const world = await startCloud(t, options);
  return strangerIn(world, more);
}

async function strangerIn(
  world: TestCloud,
  more: Partial<AdoptableServer> = {},
): Promise<Stranger> {
  const network = await readyNetwork(world, { ipv4Cidr: '192.168.0.0/24' });
  const uuid = randomUUID();
  const root = asUuid(randomUUID());
  const data = asUuid(randomUUID());
  const host = asExternalId('memory-host-0');
  const { outside } = world;
  outside.adoptable.set(uuid, {
    external: asExternalId(uuid),
    name: 'legacy',
    powerState: 'running',
    host,
    bootMode: 'hvm',
    ramSizeMb: 2048,
    cpuCount: 4,
    disks: [
      { device: 0, disk: root, sizeBytes: 2 * 2 ** 30, description: root },
      { device: 1, disk: data, sizeBytes: 2 ** 30, description: data },
    ],
    nics: [
      { device: 0, macAddress: '00:16:3e:00:00:01', network: network.uuid, description: 'net' },
    ],
    addresses: ['fe80::1', '192.168.0.77'],
    ...more,
  });
  const key = { uuid: asUuid(uuid), epoch: 1 };
  const desired = {
    name: 'legacy',
    powerState: 'running',
    restarts: 0,
    host,
    bootMode: 'hvm',
    osType: 'linux',
    ramSizeMb: 2048,
    cpuCount: 4,
    disks: [
      { device: 0, volume: root },
      { device: 1, volume: data },
    ],
    nics: [],
  } as const;
  outside.servers.plant(key, desired, 'none');
  const kept = outside.servers.objects.get(uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, powerState: 'running', host };
  for (const disk of [root, data])
    outside.volumes.plant({ uuid: disk, epoch: 1 }, { name: 'disk', sizeBytes: 2 ** 30 }, 'none');
  const account = await world.store.get(network.account);
  const wish = { virtualmachine: uuid, accountId: account?.id ?? '', networkId: network.id };
  return {
    world,
    uuid,
    network,
    wish,
    adopt: (given = {}) => world.actWith('host', '1', 'adopt', { ...wish, ...given }),
    adopted: () => world.store.get(asUuid(uuid)),
  };
}

t.test('a server that is there already becomes one of the cloud as it is', async (t) => {
  const { world, uuid, adopt, adopted } = await stranger(t);
  const { servers, volumes } = world.outside;
  await adopt();
  await world.quiet();
  const found = await adopted();
  const server = await world.reaches('virtualmachine', found?.id ?? '', 'running');
  t.match(server, {
    name: 'legacy',
    spec: { offering: '2gb-4cpu', desiredState: 'running', restarts: 0 },
    status: { privateIpv4Address: '192.168.0.77', macAddress: '00:16:3e:00:00:01' },
  });
  await world.until(async () => {
    const { status } = await world.get('virtualmachine', server.id);
    return (
      Object.values((status as { attachedVolumes?: object }).attachedVolumes ?? {}).length === 1
    );
  });
  await world.quiet();
  t.same([servers.counts.create, servers.counts.delete, volumes.counts.create], [0, 0, 0]);
  t.equal(servers.counts.update, 1, 'it is marked, and that is all');
  t.match(servers.objects.get(uuid), {
    stamp: 'ours',
    actual: { powerState: 'running', restarts: 0 },
  });
  t.match((await world.get('host', '1')).status, { adopted: { [uuid]: { result: 'adopted' } } });
  await world.act('virtualmachine', server.id, 'stop');
  await world.reaches('virtualmachine', server.id, 'stopped');
  await world.remove('virtualmachine', server.id);
  await world.until(() => !servers.objects.has(uuid));
});

t.test('what can not be adopted is refused at once, and the field is named', async (t) => {
  const one = (device: number, description: string, disk?: string) => ({
    device,
    description,
    sizeBytes: 2 ** 30,
    ...(disk === undefined ? {} : { disk: asUuid(disk) }),
  });
  const nic = { device: 0, macAddress: '00:16:3e:00:00:01', description: 'the office' };
  const cases: readonly [Partial<AdoptableServer>, string, RegExp][] = [
    [{ owner: 'the deployment other' }, 'virtualmachine', /belongs to the deployment other/],
    [{ powerState: 'suspended' }, 'virtualmachine', /suspended/],
    [{ host: asExternalId('memory-host-1') }, 'virtualmachine', /another host/],
    [{ nics: [] }, 'networkId', /no network card/],
    [{ nics: [nic] }, 'networkId', /the office/],
    [{ disks: [one(0, 'local')] }, 'virtualmachine', /local is not on the share/],
    [{ disks: [one(1, 'd', randomUUID())] }, 'virtualmachine', /no disk at device 0/],
    [{ disks: [one(3, 'd', randomUUID())] }, 'virtualmachine', /no volume can have/],
    [{ ramSizeMb: 777 }, 'offering', /777 MiB/],
    [{ sizeProblem: 'its memory varies' }, 'offering', /varies/],
    [{ addresses: ['10.9.9.9'] }, 'privateIpv4Address', /name it/],
  ];
  for (const [more, fieldName, message] of cases) {
    const { world, uuid, adopt, adopted } = await stranger(t, more);
    await t.rejects(adopt(), { code: 'AdmissionRefused', fieldName, message });
    await world.quiet();
    t.equal(await adopted(), undefined);
    t.match(world.outside.servers.objects.get(uuid), { stamp: 'none' });
    await world.stop();
  }
});

t.test(
  'what fits no more when its turn comes is refused, and may be asked for again',
  async (t) => {
    const { world, uuid, adopt, adopted } = await stranger(t);
    const known = world.outside.adoptable.get(uuid);
    if (known === undefined) throw new Error('no stranger');
    await adopt();
    world.outside.adoptable.delete(uuid);
    await world.quiet();
    t.match((await world.get('host', '1')).status, {
      adopted: { [uuid]: { result: 'refused', message: /no server/ } },
    });
    world.outside.adoptable.set(uuid, known);
    await adopt();
    await world.quiet();
    t.match(await adopted(), { name: 'legacy' });
  },
);

t.test('a disk that is lost before it was ours is never made anew', async (t) => {
  const { world, adopt, adopted } = await stranger(t);
  world.outside.volumes.objects.clear();
  await adopt();
  await world.pass(60_000);
  t.equal(world.outside.volumes.counts.create, 0);
  const found = await adopted();
  t.not((await world.state('virtualmachine', found?.id ?? '')).state, 'running');
});

t.test(
  'neither sweeps nor evacuation nor a network that goes touch what was not adopted',
  async (t) => {
    const { world, uuid, network } = await stranger(
      t,
      {},
      { orphans: { everyMs: 60_000, policy: 'reap', reapAfterMs: 60_000 } },
    );
    world.outside.hosts = world.outside.hosts.map((each, index) =>
      index === 0
        ? { ...each, unmanaged: [{ external: asExternalId(uuid), name: 'legacy' }] }
        : each,
    );
    const before = JSON.stringify(world.outside.servers.objects.get(uuid));
    await world.act('host', '1', 'evacuate');
    await world.remove('network', network.id);
    await world.pass(10 * 60_000);
    t.equal(JSON.stringify(world.outside.servers.objects.get(uuid)), before);
    t.equal(world.outside.volumes.objects.size, 2);
    t.same(
      (
        await world.cloud.resources.list(world.admin, world.type('orphan'), {
          filters: [],
          limit: 10,
        })
      ).resources,
      [],
    );
  },
);

t.test(
  'killed at any write, an adoption is finished by the next process, and asking again adopts it once',
  async (t) => {
    let deaths = 0;
    for (let n = 1; ; n += 1) {
      let left = Number.POSITIVE_INFINITY;
      const mortality = new Mortality((method) => {
        if (!WRITES.has(method)) return undefined;
        left -= 1;
        return left === 0 ? (n % 2 === 0 ? 'before' : 'after') : undefined;
      });
      const around = surroundings(t);
      const first = await startCloud(t, { after: around, wrapStore: mortality.wrap });
      const { uuid, wish } = await strangerIn(first);
      await first.quiet();
      left = n;
      first.actWith('host', '1', 'adopt', wish).catch(() => undefined);
      const end = first.clock.now() + 10_000;
      do await first.quiet(() => mortality.dead);
      while (!mortality.dead && first.clock.advanceToNext(end));
      if (!mortality.dead) {
        await first.stop();
        break;
      }
      deaths += 1;
      first.abandon();
      const second = await startCloud(t, { after: around });
      await second.actWith('host', '1', 'adopt', wish).catch(() => undefined);
      const point = `write ${n}`;
      await second.until(async () => {
        const found = await second.store.get(asUuid(uuid));
        const noted = (found?.status as { attachedVolumes?: object } | undefined)?.attachedVolumes;
        return found !== undefined && isReady(found) && Object.keys(noted ?? {}).length === 1;
      }, point);
      const { servers, volumes } = second.outside;
      t.match(
        servers.objects.get(uuid),
        { stamp: 'ours', actual: { powerState: 'running' } },
        point,
      );
      t.same(
        [servers.counts.create, servers.counts.delete, volumes.counts.create],
        [0, 0, 0],
        point,
      );
      t.equal(servers.counts.update, 1, `${point}: marked, and that is all`);
      t.equal((await second.store.all(second.type('virtualmachine'), 10)).length, 1, point);
      t.equal((await second.store.all(second.type('volume'), 10)).length, 2, point);
      await second.stop();
    }
    t.ok(deaths > 20, `${deaths} deaths`);
  },
);
