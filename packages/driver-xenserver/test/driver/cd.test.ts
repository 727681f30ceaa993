import { randomUUID } from 'node:crypto';
import { asUuid, type ObjectKey, type ServerDesired } from '@gdcloud/core';
import t, { type Test } from 'tap';
import {
  type Cloud,
  call,
  converge,
  keyOf,
  present,
  remove,
  serverOn,
  startCloud,
} from '../cloud.js';
import { writeVhd } from '../vhd-file.js';

const MIB = 2 ** 20;

async function drives(cloud: Cloud): Promise<readonly Record<string, unknown>[]> {
  return (await cloud.raw.records('VBD')).filter(({ type }) => type === 'CD');
}

async function withDisk(t: Test): Promise<{
  readonly cloud: Cloud;
  readonly key: ObjectKey;
  readonly desired: ServerDesired;
  readonly disk: string;
}> {
  const cloud = await startCloud(t);
  const disk = randomUUID();
  await writeVhd(cloud.storage, disk, { sizeBytes: 2 * MIB });
  await converge(cloud.driver.disks, keyOf(disk), { name: 'first boot', sizeBytes: 2 * MIB });
  const ref = String(await cloud.raw.call('VDI.get_by_uuid', disk));
  const desired = serverOn(cloud.host, { bootMode: 'hvm', cd: asUuid(disk) });
  return { cloud, key: keyOf(randomUUID()), desired, disk: ref };
}

t.test('a CD is put in before the server first starts, as its fourth drive', async (t) => {
  const { cloud, key, desired, disk } = await withDisk(t);
  t.same(await converge(cloud.driver.servers, key, desired), ['create', 'cd', 'powerState']);
  t.match(await drives(cloud), [
    { userdevice: '3', mode: 'RO', type: 'CD', empty: false, VDI: disk, currently_attached: true },
  ]);
});

t.test('it is taken out, and another one put in, while the server runs', async (t) => {
  const { cloud, key, desired, disk } = await withDisk(t);
  const { servers } = cloud.driver;
  await converge(servers, key, desired);
  const { cd: _cd, ...empty } = desired;
  t.same(await converge(servers, key, empty), ['cd']);
  t.match(await drives(cloud), [{ empty: true }]);
  t.same(await converge(servers, key, desired), ['cd']);
  t.match(await drives(cloud), [{ empty: false, VDI: disk }]);
  t.same(await converge(servers, key, desired), []);
});

t.test('a server that runs without a drive gets none before it is stopped', async (t) => {
  const { cloud, key, desired } = await withDisk(t);
  const { cd: _cd, ...without } = desired;
  await converge(cloud.driver.servers, key, without);
  t.same(await drives(cloud), [], 'who needs none has none');
  t.same(present(await cloud.driver.servers.observe(key, desired, call())).changes, []);
  const halted = { ...desired, powerState: 'halted' } as const;
  t.same(await converge(cloud.driver.servers, key, halted), ['powerState', 'cd', 'cd']);
});

t.test('the disk stays when its server goes, for the storage driver to remove', async (t) => {
  const { cloud, key, desired } = await withDisk(t);
  await converge(cloud.driver.servers, key, desired);
  await remove(cloud.driver.servers, key);
  t.same(await drives(cloud), []);
  t.equal((await cloud.raw.records('VDI')).length, 1);
});
