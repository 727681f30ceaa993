import { randomUUID } from 'node:crypto';
import { asUuid, DriverFailure, type ServerDesired } from '@gdcloud/core';
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

const GIB = 2 ** 30;

async function furnished(cloud: Cloud): Promise<ServerDesired> {
  const [network, volume] = [randomUUID(), randomUUID()];
  await writeVhd(cloud.storage, volume, { sizeBytes: GIB });
  await converge(cloud.driver.disks, keyOf(volume), { name: 'root', sizeBytes: GIB });
  await converge(cloud.driver.segments, keyOf(network), vlan(100));
  return serverOn(cloud.host, {
    disks: [{ device: 0, volume: asUuid(volume) }],
    nics: [
      {
        device: 0,
        network: asUuid(network),
        macAddress: '02:00:00:00:00:01',
        ipv4Address: '192.168.0.10',
      },
    ],
  });
}

async function guests(cloud: Cloud): Promise<readonly Record<string, unknown>[]> {
  const all = await cloud.raw.records('VM');
  return all.filter((vm) => vm['is_control_domain'] === false);
}

t.test(
  'a server is made, furnished, started, restarted, stopped and removed without a trace',
  async (t) => {
    const cloud = await startCloud(t);
    const { servers } = cloud.driver;
    const key = keyOf(randomUUID());
    const desired = await furnished(cloud);

    const foreseen = await servers.foresee?.(desired, call());
    t.same(await converge(servers, key, desired), ['create', 'powerState']);
    const running = present(await servers.observe(key, desired, call()));
    t.same(
      foreseen?.changes.map(({ field }) => field),
      ['powerState'],
      'as was foreseen',
    );
    const { guest, ...others } = running.actual;
    t.same(others, foreseen?.actual);
    t.match(guest, { addresses: ['192.168.0.10'], osName: 'Linux', tools: 'current' });
    t.equal(running.actual.powerState, 'running');
    t.equal(running.actual.host, cloud.host);
    const [vm] = await guests(cloud);
    t.equal(vm?.['PV_kernel'], '/boot/guest/pv-grub-x86_64.gz');
    t.match(await cloud.raw.records('VIF'), [
      { MAC: '02:00:00:00:00:01', ipv4_allowed: ['192.168.0.10'] },
    ]);

    t.same(
      await converge(servers, key, { ...desired, restarts: 1 }),
      ['restarts', 'restarts', 'restarts'],
      'announced, rebooted, and no other reboot let in',
    );
    const [again] = await guests(cloud);
    t.not(again?.['domid'], vm?.['domid'], 'it runs in a new domain');
    t.equal(present(await servers.observe(key, desired, call())).actual.restarts, 1);

    const halted: ServerDesired = { ...desired, restarts: 1, powerState: 'halted' };
    t.same(await converge(servers, key, halted), ['powerState']);
    const bigger: ServerDesired = { ...halted, ramSizeMb: 2048, cpuCount: 4 };
    t.same(await converge(servers, key, bigger), ['ramSizeMb', 'cpuCount', 'cpuCount']);
    t.same(await converge(servers, key, { ...halted, cpuCount: 1 }), [
      'ramSizeMb',
      'cpuCount',
      'cpuCount',
    ]);

    await converge(servers, key, { ...desired, restarts: 1, ramSizeMb: 2048 });
    await remove(servers, key);
    t.same(await guests(cloud), []);
    t.same(await cloud.raw.records('VBD'), []);
    t.same(await cloud.raw.records('VIF'), []);
    t.equal((await cloud.raw.records('VDI')).length, 1, 'its disk stays');
  },
);

t.test(
  'a server in quarantine is off under another name until it is wanted or removed',
  async (t) => {
    const cloud = await startCloud(t);
    const { servers } = cloud.driver;
    const key = keyOf(randomUUID());
    const desired = await furnished(cloud);
    await converge(servers, key, desired);
    const { external } = present(await servers.observe(key, undefined, call()));
    const orphan = keyOf(key.uuid, external);
    const settle = async (): Promise<void> => {
      for (let tries = 0; tries < 50; tries += 1) {
        if ((await servers.quarantine?.(orphan, call()))?.settled === true) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      t.fail('it was never set aside');
    };
    await settle();
    await settle();
    t.match(await guests(cloud), [
      { name_label: 'gdcloud quarantine: web', power_state: 'Halted' },
    ]);
    t.match((await servers.list(undefined, call())).objects, [{ external, uuid: key.uuid }]);

    t.same(await converge(servers, key, desired), ['name', 'powerState']);
    t.match(await guests(cloud), [{ name_label: 'web', power_state: 'Running' }]);
    await settle();
    await remove(servers, orphan);
    t.same(await guests(cloud), []);
    await settle();
  },
);

t.test('a call made twice changes nothing the second time', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = await furnished(cloud);
  const first = await servers.create(key, desired, call());
  const second = await servers.create(key, desired, call());
  t.equal(second.external, first.external);
  for (;;) {
    const [change] = present(await servers.observe(key, desired, call())).changes;
    if (change === undefined) break;
    await servers.update(key, desired, change, call());
    const before = await cloud.raw.records('VM');
    await servers.update(key, desired, change, call());
    t.same(await cloud.raw.records('VM'), before, `${change.field} twice`);
  }
  t.equal((await guests(cloud)).length, 1);
  await servers.delete(key, call());
  await servers.delete(key, call());
  await servers.delete(key, call());
  t.same(await guests(cloud), []);
});

t.test('a server whose record was lost in a crash is found by its key', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  const { external } = await servers.create(key, desired, call());
  t.equal(present(await servers.observe(key, desired, call())).external, external);
  const stale = keyOf(key.uuid, randomUUID());
  t.equal(present(await servers.observe(stale, desired, call())).external, external);
  t.same((await servers.list(undefined, call())).objects, [{ external, uuid: key.uuid, epoch: 1 }]);
  const other = await servers.observe({ ...key, epoch: 2 }, desired, call());
  t.equal(other.presence, 'absent', 'another epoch is another object');
});

t.test('of two VMs with one key the running one wins and the other is reported', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  await converge(cloud.driver.servers, key, desired);
  const [vm] = await guests(cloud);
  await cloud.raw.call('VM.create', lateTwin(vm));
  const seen = present(await cloud.driver.servers.observe(key, desired, call()));
  t.equal(seen.external, vm?.['uuid']);
  t.match(seen.duplicates, [{ external: String, used: 'never' }]);
});

t.test('a VM that ran once may be of use, also after it was halted', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  await converge(cloud.driver.servers, key, desired);
  const [vm] = await guests(cloud);
  const ref = await cloud.raw.call('VM.create', lateTwin(vm));
  await cloud.raw.call('VM.start', ref, false, false);
  await cloud.raw.call('VM.hard_shutdown', ref);
  const seen = present(await cloud.driver.servers.observe(key, desired, call()));
  t.match(seen.duplicates, [{ used: 'maybe' }]);
});

t.test('a removal falls on the VM that it names and on no other of the key', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  await converge(servers, key, desired);
  const [vm] = await guests(cloud);
  await cloud.raw.call('VM.create', lateTwin(vm));
  const [extra] = present(await servers.observe(key, desired, call())).duplicates ?? [];
  if (extra === undefined) throw new Error('there is no duplicate');
  for (let times = 0; times < 2; times += 1)
    t.same(await servers.delete({ ...key, external: extra.external }, call()), { settled: true });
  t.match(await guests(cloud), [{ uuid: vm?.['uuid'], power_state: 'Running' }]);
});

t.test('disks and cards come and go while the server runs', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = await furnished(cloud);
  await converge(servers, key, desired);
  const extra = randomUUID();
  await writeVhd(cloud.storage, extra, { sizeBytes: GIB });
  await converge(cloud.driver.disks, keyOf(extra), { name: 'data', sizeBytes: GIB });
  const more = { ...desired, disks: [...desired.disks, { device: 1, volume: asUuid(extra) }] };
  t.same(await converge(servers, key, more), ['disks.1', 'disks.1']);
  t.ok((await cloud.raw.records('VBD')).every((vbd) => vbd['currently_attached'] === true));
  t.same(await converge(servers, key, desired), ['disks.1', 'disks.1']);
  t.equal((await cloud.raw.records('VBD')).length, 1);
  t.same(await converge(servers, key, { ...desired, nics: [] }), ['nics.0', 'nics.0']);
  t.same(await cloud.raw.records('VIF'), []);
});

t.test('a restart asked for while the server is halted needs no reboot', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  const halted = serverOn(cloud.host, { powerState: 'halted' });
  await converge(cloud.driver.servers, key, halted);
  const restarted = serverOn(cloud.host, { restarts: 3 });
  t.same(await converge(cloud.driver.servers, key, restarted), ['restarts', 'powerState']);
  const [vm] = await guests(cloud);
  t.equal(vm?.['domid'], 1, 'it was started once');
});

t.test('a restart repeated after a crash reboots once', async (t) => {
  const cloud = await startCloud(t, { powerLatencyMs: 150 }, { patienceMs: 1 });
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host, { restarts: 1 });
  await converge(servers, key, serverOn(cloud.host));
  const [stamp] = present(await servers.observe(key, desired, call())).changes;
  if (stamp === undefined) throw new Error('no restart is planned');
  await servers.update(key, desired, stamp, call());
  const [reboot] = present(await servers.observe(key, desired, call())).changes;
  if (reboot === undefined) throw new Error('no reboot is planned');
  const again = call({ operation: 'one-reboot' });
  t.equal((await servers.update(key, desired, reboot, again)).settled, false);
  t.equal((await servers.update(key, desired, reboot, again)).settled, false);
  await converge(servers, key, desired);
  const [vm] = await guests(cloud);
  t.equal(vm?.['domid'], 2);
});

t.test('a guest without tools is stopped and rebooted by force', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  await converge(cloud.driver.servers, key, serverOn(cloud.host));
  await setPlatform(cloud, 'false');
  const restarted = serverOn(cloud.host, { restarts: 1 });
  await converge(cloud.driver.servers, key, restarted);
  t.equal((await guests(cloud))[0]?.['domid'], 2);
  await converge(cloud.driver.servers, key, { ...restarted, powerState: 'halted' });
  t.equal((await guests(cloud))[0]?.['power_state'], 'Halted');
});

t.test('a guest that ignores its shutdown is forced when its grace is over', async (t) => {
  // The pool tells time in whole seconds: of one second, nothing might be left.
  const cloud = await startCloud(t, {}, { shutdownGraceSeconds: 2, patienceMs: 50 });
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  await converge(servers, key, serverOn(cloud.host));
  await setPlatform(cloud, 'deaf');
  const halted = serverOn(cloud.host, { powerState: 'halted' });
  const [stop] = present(await servers.observe(key, halted, call())).changes;
  if (stop === undefined) throw new Error('no stop is planned');
  t.equal((await servers.update(key, halted, stop, call())).settled, false);
  t.equal(present(await servers.observe(key, halted, call())).busy, true);
  while (present(await servers.observe(key, halted, call())).busy === true);
  await servers.update(key, halted, stop, call());
  t.equal(present(await servers.observe(key, halted, call())).actual.powerState, 'halted');
});

t.test('a replaced holder of the lock is refused', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host);
  await servers.create(key, desired, call({ fence: '0001' }));
  const [start] = present(await servers.observe(key, desired, call())).changes;
  if (start === undefined) throw new Error('no start is planned');
  await servers.update(key, desired, start, call({ fence: '0002' }));
  await t.rejects(servers.delete(key, call({ fence: '0001' })), {
    outcome: 'rejected',
    code: 'FenceSuperseded',
  });
  t.equal((await guests(cloud))[0]?.['power_state'], 'Running');
});

t.test('a host without room rejects the start and says so', async (t) => {
  const cloud = await startCloud(t, { hostMemoryMb: 8192 });
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  const error = await converge(servers, key, serverOn(cloud.host, { ramSizeMb: 8192 })).catch(
    (thrown: unknown) => thrown,
  );
  t.type(error, DriverFailure);
  t.match(error, { outcome: 'rejected', code: 'HOST_NOT_ENOUGH_FREE_MEMORY' });
});

t.test('servers of another deployment are left alone', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  await cloud.driver.servers.create(key, serverOn(cloud.host), call());
  const stranger = driverFor(cloud.simulator.url, { deployment: 'another' });
  t.equal((await stranger.servers.observe(key, undefined, call())).presence, 'absent');
  t.same((await stranger.servers.list(undefined, call())).objects, []);
});

t.test('a windows server boots by its BIOS order', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  await converge(
    cloud.driver.servers,
    key,
    serverOn(cloud.host, { bootMode: 'hvm', osType: 'windows' }),
  );
  t.match(await guests(cloud), [
    {
      HVM_boot_policy: 'BIOS order',
      HVM_boot_params: { order: 'dc' },
      platform: { viridian: 'true' },
    },
  ]);
});

/** What a late call of a replaced process makes: another VM with the same key, which is not marked as itself yet. */
function lateTwin(vm: Record<string, unknown> = {}): Record<string, unknown> {
  const { 'gdcloud:self': _self, ...config } = vm['other_config'] as Record<string, string>;
  return { ...vm, power_state: undefined, other_config: config };
}

async function setPlatform(cloud: Cloud, tools: string): Promise<void> {
  const [vm] = await guests(cloud);
  const ref = await cloud.raw.call('VM.get_by_uuid', vm?.['uuid']);
  await cloud.raw.call('VM.add_to_platform', ref, 'simtools', tools);
}
