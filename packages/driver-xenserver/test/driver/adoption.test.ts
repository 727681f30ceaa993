import { randomUUID } from 'node:crypto';
import { asExternalId, asUuid, type ServerDesired } from '@gdcloud/core';
import t from 'tap';
import {
  type Cloud,
  call,
  converge,
  driverFor,
  keyOf,
  present,
  remove,
  serverOn,
  startCloud,
  vlan,
} from '../cloud.js';
import { writeVhd } from '../vhd-file.js';
import { VM_RECORD } from '../vm-record.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const GIB = 2 ** 30;
const MAC = '00:16:3e:12:34:56';

interface Legacy {
  readonly cloud: Cloud;
  readonly vm: string;
  readonly uuid: string;
  readonly disk: string;
  readonly network: string;
  readonly desired: ServerDesired;
  readonly record: () => Promise<Record<string, unknown>>;
}

/** A pool with a VM of nobody's that runs, its disk on our share and its card in a segment of ours. */
async function legacy(test: Parameters<typeof startCloud>[0], more: object = {}): Promise<Legacy> {
  const cloud = await startCloud(test, { hosts: 2 });
  const { raw } = cloud;
  const network = randomUUID();
  await converge(cloud.driver.segments, keyOf(network), vlan(100));
  const disk = randomUUID();
  await writeVhd(cloud.storage, disk, { sizeBytes: 2 * GIB });
  await converge(cloud.driver.disks, keyOf(disk), { name: 'legacy', sizeBytes: 2 * GIB });
  const vm = String(await raw.call('VM.create', { ...VM_RECORD, name_label: 'old web', ...more }));
  const networks = (await raw.call('network.get_all_records')) as Record<
    string,
    { name_label: string }
  >;
  const lan = Object.entries(networks).find(([, each]) => each.name_label === 'lan')?.[0];
  await raw.call('VBD.create', {
    VM: vm,
    VDI: await raw.call('VDI.get_by_uuid', disk),
    userdevice: '0',
    bootable: true,
    mode: 'RW',
    type: 'Disk',
    unpluggable: true,
    empty: false,
    other_config: { owner: '' },
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  await raw.call('VIF.create', {
    VM: vm,
    network: lan,
    device: '0',
    MAC,
    MTU: '1500',
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  const host = await raw.call('host.get_by_uuid', cloud.host);
  await raw.call('VM.start_on', vm, host, false, false);
  const uuid = String(await raw.call('VM.get_uuid', vm));
  return {
    cloud,
    vm,
    uuid,
    disk,
    network,
    desired: serverOn(cloud.host, {
      name: 'old web',
      adopted: asExternalId(uuid),
      bootMode: 'hvm',
      disks: [{ device: 0, volume: asUuid(disk) }],
      nics: [{ device: 0, network: asUuid(network), macAddress: MAC, ipv4Address: '192.168.0.9' }],
    }),
    record: async () => (await raw.call('VM.get_record', vm)) as Record<string, unknown>,
  };
}

/** What adopting must not change. */
function withoutMarks({
  other_config: config,
  allowed_operations: _operations,
  ...record
}: Record<string, unknown>) {
  const others = Object.entries(config as object).filter(([name]) => !name.startsWith('gdcloud:'));
  return { ...record, other_config: Object.fromEntries(others) };
}

t.test('a VM of nobody’s is described for its adoption', async (t) => {
  const { cloud, uuid, disk, network } = await legacy(t);
  const seen = await cloud.driver.adoptable?.(asExternalId(uuid), call());
  t.match(seen, {
    external: uuid,
    name: 'old web',
    powerState: 'running',
    host: cloud.host,
    bootMode: 'hvm',
    ramSizeMb: 1024,
    cpuCount: 2,
    disks: [{ device: 0, disk, sizeBytes: 2 * GIB }],
    nics: [{ device: 0, macAddress: MAC, network }],
  });
  t.notOk(seen !== undefined && ('owner' in seen || 'sizeProblem' in seen));
  t.equal(await cloud.driver.adoptable?.(asExternalId(randomUUID()), call()), undefined);
  const [control] = (await cloud.raw.records('VM')).filter(
    (vm) => vm['is_control_domain'] === true,
  );
  t.equal(
    await cloud.driver.adoptable?.(asExternalId(String(control?.['uuid'])), call()),
    undefined,
  );
});

t.test('an adopted VM is marked, runs on as it was, and is managed from then on', async (t) => {
  const { cloud, uuid, desired, record } = await legacy(t);
  const { servers } = cloud.driver;
  const before = await record();
  const key = keyOf(uuid);
  t.same(await converge(servers, key, desired), ['adopted', 'disks.0', 'nics.0']);
  const after = await record();
  t.same(withoutMarks(after), withoutMarks(before));
  t.equal(after['domid'], before['domid']);
  const seen = present(await servers.observe(key, desired, call()));
  t.match(seen.actual, { powerState: 'running', sourceUnfiltered: /adopted/ });
  const [vif] = (await cloud.raw.records('VIF')).filter(({ MAC: mac }) => mac === MAC);
  t.match(vif, { locking_mode: 'network_default' }, 'its card is as it was');
  t.match(await servers.list(undefined, call()), { objects: [{ uuid }] });
  t.same(
    (await cloud.driver.hosts(call())).flatMap(({ unmanaged = [] }) => unmanaged),
    [],
  );
  const stopped = { ...desired, powerState: 'halted', ramSizeMb: 2048 } as const;
  await converge(servers, keyOf(uuid, uuid), stopped);
  t.match(await record(), { power_state: 'Halted', memory_static_max: String(2 * GIB) });
  await remove(servers, keyOf(uuid, uuid));
  t.same(
    (await cloud.raw.records('VM')).filter((vm) => vm['uuid'] === uuid),
    [],
  );
});

t.test('an adoption that was cut off anywhere goes on where it was', async (t) => {
  for (const done of [1, 2, 3, 4]) {
    const { cloud, vm, uuid, desired } = await legacy(t);
    const marks = [
      ['gdcloud:id', uuid],
      ['gdcloud:epoch', '1'],
      ['gdcloud:owner', 'test'],
      ['gdcloud:self', uuid],
    ].slice(0, done);
    for (const mark of marks) await cloud.raw.call('VM.add_to_other_config', vm, ...mark);
    const steps = await converge(cloud.driver.servers, keyOf(uuid), desired);
    t.same(steps.slice(-2), ['disks.0', 'nics.0']);
    t.match(await cloud.raw.call('VM.get_other_config', vm), Object.fromEntries(marks));
  }
});

t.test('what another owns is neither marked nor removed', async (t) => {
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ 'gdcloud:id': randomUUID(), 'gdcloud:owner': 'other' }, /the deployment other/],
    [{ 'gdcloud:id': randomUUID(), 'gdcloud:owner': 'test' }, /of this cloud/],
    [{ 'gdcloud:id': randomUUID(), 'gdcloud:owner': 'test', 'gdcloud:self': randomUUID() }, /copy/],
  ];
  for (const [config, owner] of cases) {
    const { cloud, uuid, desired, record } = await legacy(t, { other_config: config });
    const { servers } = cloud.driver;
    const before = await record();
    const seen = await servers.observe(keyOf(uuid), desired, call());
    t.match(seen, { presence: 'unknown', failure: { outcome: 'invalid', code: 'OwnedByAnother' } });
    const change = { field: 'adopted', desired: true, actual: false };
    await t.rejects(servers.update(keyOf(uuid), desired, change, call()), {
      code: 'OwnedByAnother',
    });
    t.same(await record(), before);
    t.match(await cloud.driver.adoptable?.(asExternalId(uuid), call()), { owner });
  }
});

t.test('what is not adopted yet is nobody’s to remove', async (t) => {
  const { cloud, uuid, record } = await legacy(t);
  const { servers } = cloud.driver;
  const before = await record();
  const key = keyOf(uuid, uuid);
  t.match(await servers.observe(key, undefined, call()), { presence: 'absent' });
  await servers.delete(key, call());
  await servers.quarantine?.(key, call());
  t.same(await record(), before);
  t.same(await servers.list(undefined, call()), { objects: [] });
  const [described] = (await cloud.driver.hosts(call())).flatMap(({ unmanaged = [] }) => unmanaged);
  t.match(described, { external: uuid, name: 'old web' });
});

t.test('an adopted VM that is gone is never made anew', async (t) => {
  const { cloud, vm, uuid, desired } = await legacy(t);
  const { servers } = cloud.driver;
  await converge(servers, keyOf(uuid), desired);
  await cloud.raw.call('VM.hard_shutdown', vm);
  await cloud.raw.call('VM.destroy', vm);
  const key = keyOf(uuid, uuid);
  t.equal((await servers.observe(key, desired, call())).presence, 'absent');
  await t.rejects(servers.create(key, desired, call()), {
    outcome: 'invalid',
    code: 'AdoptedServerGone',
  });
});

t.test('disks and networks that are not ours are said to be so', async (t) => {
  const { cloud, uuid } = await legacy(t);
  const other = driverFor(cloud.simulator.url, { deployment: 'other' });
  const seen = await other.adoptable?.(asExternalId(uuid), call());
  t.match(seen?.nics, [{ description: /lan/ }]);
  t.notOk(seen?.nics[0] !== undefined && seen.nics[0].network !== undefined);
});

t.test('a network does not go while a server of nobody’s has its card in it', async (t) => {
  const { cloud, vm, network } = await legacy(t);
  const { segments } = cloud.driver;
  await cloud.raw.call('VM.hard_shutdown', vm);
  const before = await cloud.raw.records('VIF');
  const inUse = { outcome: 'rejected', code: 'SegmentInUse', message: /old web/ };
  await t.rejects(segments.delete(keyOf(network), call()), inUse);
  t.same(await cloud.raw.records('VIF'), before);
  t.equal((await cloud.raw.records('VLAN')).length, 2, 'and stays on every host');
});
