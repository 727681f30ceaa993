import { randomUUID } from 'node:crypto';
import { asUuid, type ServerDesired } from '@gdcloud/core';
import t from 'tap';
import { type Cloud, call, converge, keyOf, present, serverOn, startCloud } from '../cloud.js';
import { writeVhd } from '../vhd-file.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const GIB = 2 ** 30;

interface Locked {
  readonly cloud: Cloud;
  readonly key: ReturnType<typeof keyOf>;
  readonly desired: ServerDesired;
  /** Reference of the disk. */
  readonly disk: string;
  /** References of the host that the server is to run on, and of the other one. */
  readonly here: string;
  readonly there: string;
  readonly state: () => Promise<string>;
}

/** A server that is off, with one disk, on a pool of two hosts. */
async function halted(
  test: Parameters<typeof startCloud>[0],
  driver: object = {},
): Promise<Locked> {
  const cloud = await startCloud(test, { hosts: 2 }, driver);
  const volume = randomUUID();
  await writeVhd(cloud.storage, volume, { sizeBytes: GIB });
  await converge(cloud.driver.disks, keyOf(volume), { name: 'root', sizeBytes: GIB });
  const hosts = (await cloud.raw.call('host.get_all_records')) as Record<string, { uuid: string }>;
  const here = Object.keys(hosts).find((ref) => hosts[ref]?.uuid === cloud.host) ?? '';
  const there = Object.keys(hosts).find((ref) => ref !== here) ?? '';
  const desired = serverOn(cloud.host, { disks: [{ device: 0, volume: asUuid(volume) }] });
  const key = keyOf(randomUUID());
  await converge(cloud.driver.servers, key, { ...desired, powerState: 'halted' });
  return {
    cloud,
    key,
    desired,
    here,
    there,
    disk: String(await cloud.raw.call('VDI.get_by_uuid', volume)),
    state: async () =>
      present(await cloud.driver.servers.observe(key, desired, call())).actual.powerState,
  };
}

t.test('a disk that a live host left locked and that is open nowhere is unlocked', async (t) => {
  const { cloud, key, desired, disk, there, state } = await halted(t);
  await cloud.raw.call('VDI.add_to_sm_config', disk, `host_${there}`, 'RW');
  const steps = await converge(cloud.driver.servers, key, desired);
  t.same(steps, ['powerState', 'powerState'], 'unlocked, then started');
  t.equal(await state(), 'running');
});

t.test('a disk that something has open is left as it is', async (t) => {
  const { cloud, key, desired, disk, there, state } = await halted(t);
  const vbd = (await cloud.raw.call('VDI.get_record', disk)) as { VBDs: readonly string[] };
  // As while another VM, or the control domain after an export that broke off, has it.
  const dom0 = (await cloud.raw.call('VM.get_all_records')) as Record<
    string,
    Record<string, unknown>
  >;
  const control = Object.keys(dom0).find((ref) => dom0[ref]?.['is_control_domain'] === true);
  const record = (await cloud.raw.call('VBD.get_record', vbd.VBDs[0])) as object;
  const other = await cloud.raw.call('VBD.create', {
    ...record,
    VM: control,
    userdevice: '9',
    mode: 'RO',
    other_config: {},
  });
  await cloud.raw.call('VBD.plug', other);
  await cloud.raw.call('VDI.add_to_sm_config', disk, `host_${there}`, 'RW');
  await t.rejects(converge(cloud.driver.servers, key, desired));
  t.match(await cloud.raw.call('VDI.get_sm_config', disk), { [`host_${there}`]: 'RW' });
  t.equal(await state(), 'halted');
});

t.test('the mark of a host that does not answer stays until its death is confirmed', async (t) => {
  const { cloud, key, desired, disk, there, state } = await halted(t);
  await cloud.raw.call('VDI.add_to_sm_config', disk, `host_${there}`, 'RW');
  cloud.simulator.machines.loseHost(there);
  await t.rejects(converge(cloud.driver.servers, key, desired), {
    code: 'SR_BACKEND_FAILURE_46',
  });
  t.match(await cloud.raw.call('VDI.get_sm_config', disk), { [`host_${there}`]: 'RW' });
  t.equal(await state(), 'halted');
});

t.test('a repository that is not plugged where a server starts is plugged first', async (t) => {
  const probe = await startCloud(t, { hosts: 1 });
  const label = (await probe.raw.records('SR')).find((sr) => sr['type'] === 'nfs')?.['name_label'];
  const { cloud, key, desired, here, state } = await halted(t, {
    storageRepository: String(label),
  });
  const pbds = (await cloud.raw.call('PBD.get_all_records')) as Record<
    string,
    Record<string, unknown>
  >;
  for (const [ref, pbd] of Object.entries(pbds))
    if (pbd['host'] === here) await cloud.raw.call('PBD.unplug', ref);
  t.same(await converge(cloud.driver.servers, key, desired), ['powerState', 'powerState']);
  t.equal(await state(), 'running');
});

t.test('a repository that nobody named to the driver is its operator’s to plug', async (t) => {
  const { cloud, key, desired, here, state } = await halted(t);
  const pbds = (await cloud.raw.call('PBD.get_all_records')) as Record<
    string,
    Record<string, unknown>
  >;
  for (const [ref, pbd] of Object.entries(pbds))
    if (pbd['host'] === here) await cloud.raw.call('PBD.unplug', ref);
  await t.rejects(converge(cloud.driver.servers, key, desired), { code: 'VM_REQUIRES_SR' });
  t.equal(await state(), 'halted');
});
