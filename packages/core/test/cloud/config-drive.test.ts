import { type ObjectKey, STORAGE, type StorageDriver } from '@gdcloud/core';
import type { MemoryObjects } from '@gdcloud/core/testing';
import t from 'tap';
import { readyNetwork, startCloud, surroundings } from '../support/cloud.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ada@example.com';
const SECRET = '#cloud-config\npassword: correct-horse\n';

function server(networkId: string, more: object = {}) {
  return { name: 'Web 1', offering: '2gb-4cpu', imageId: '1', networkId, ...more };
}

/** Everything that is asked to be made there from now on. */
function spy<Desired, Actual>(
  objects: MemoryObjects<Desired, Actual>,
): readonly { readonly key: ObjectKey; readonly desired: Desired }[] {
  const seen: { key: ObjectKey; desired: Desired }[] = [];
  const create = objects.create.bind(objects);
  objects.create = (key, desired, call) => {
    seen.push({ key, desired });
    return create(key, desired, call);
  };
  return seen;
}

function keys(objects: MemoryObjects<never, unknown>): readonly string[] {
  return [...objects.objects.values()].map(({ key }) => key.uuid);
}

t.test('user data and keys reach a server as what cloud-init reads', async (t) => {
  const after = surroundings(t);
  const [drives, machines] = [spy(after.outside.configDrives), spy(after.outside.servers)];
  const world = await startCloud(t, { after });
  const network = await readyNetwork(world, { ipv4Cidr: '10.0.0.0/24' });
  const { id, uuid } = await world.create(
    'virtualmachine',
    server(network.id, { sshKeys: [KEY], userData: SECRET }),
  );
  const running = await world.reaches('virtualmachine', id, 'running');
  const [drive] = drives;
  t.equal(drive?.key.uuid, uuid, 'it goes by the name of its server');
  t.equal(drive?.desired.label, 'cidata');
  const files = new Map(drive?.desired.files.map(({ name, text }) => [name, text]));
  t.same([...files.keys()].sort(), ['meta-data', 'network-config', 'user-data']);
  t.equal(files.get('user-data'), SECRET);
  t.match(JSON.parse(files.get('meta-data') ?? ''), {
    'instance-id': uuid,
    'local-hostname': /^web-1(\.|$)/,
    'public-keys': [KEY],
  });
  const { privateIpv4Address, macAddress } = running.status as Record<string, string>;
  t.match(JSON.parse(files.get('network-config') ?? ''), {
    version: 2,
    ethernets: {
      first: {
        match: { macaddress: macAddress },
        addresses: [`${privateIpv4Address}/24`],
        gateway4: '10.0.0.1',
      },
    },
  });
  t.equal(machines[0]?.desired.cd, uuid, 'it is in the CD drive');
  t.ok(keys(world.outside.disks).includes(uuid), 'the hypervisor knows it');
  const history = await world.cloud.resources.history(
    world.admin,
    world.type('virtualmachine'),
    id,
  );
  t.notMatch(JSON.stringify([world.lines, history]), /correct-horse|AAAAC3/);
});

t.test('it goes with its server, and other servers have none', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const plain = await world.create('virtualmachine', server(network.id));
  const { id } = await world.create('virtualmachine', server(network.id, { userData: SECRET }));
  await world.reaches('virtualmachine', plain.id, 'running');
  await world.reaches('virtualmachine', id, 'running');
  t.equal(keys(world.outside.configDrives).length, 1);
  await world.remove('virtualmachine', id);
  await world.reaches('virtualmachine', id, 'removed');
  t.same(keys(world.outside.configDrives), []);
  t.equal(keys(world.outside.disks).length, 1, 'only the other root disk is left');
});

t.test('where no config drives are made, a server with keys says so, and others run', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const { configDrives: _none, ...rest }: StorageDriver = container.resolve(STORAGE);
        container.register(STORAGE, { useValue: rest });
      },
    ],
  });
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network.id, { sshKeys: [KEY] }));
  await world.until(
    async () => (await world.state('virtualmachine', id)).transitioning === 'error',
  );
  const { transitioningMessage } = await world.state('virtualmachine', id);
  t.match(transitioningMessage, /memory makes no config drives/);
  const plain = await world.create('virtualmachine', server(network.id));
  await world.reaches('virtualmachine', plain.id, 'running');
  await world.remove('virtualmachine', id);
  await world.reaches('virtualmachine', id, 'removed');
});
