import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import {
  type Cloud,
  call,
  converge,
  driverFor,
  keyOf,
  present,
  remove,
  startCloud,
} from '../cloud.js';
import { writeVhd } from '../vhd-file.js';

const GIB = 2 ** 30;

t.test('a disk file is introduced under its own name and forgotten when it is gone', async (t) => {
  const cloud = await startCloud(t);
  const { disks } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = { name: 'data', sizeBytes: GIB };
  await t.rejects(disks.create(key, desired, call()), {
    outcome: 'rejected',
    code: 'DiskFileMissing',
  });
  await writeVhd(cloud.storage, key.uuid, { sizeBytes: GIB });
  t.equal((await disks.observe(key, desired, call())).presence, 'absent', 'before a scan');
  t.same(await converge(disks, key, desired), ['create']);
  const seen = present(await disks.observe(key, desired, call()));
  t.equal(seen.external, await referenceOf(cloud, key.uuid));
  t.same(await disks.foresee?.(desired, call()), { changes: [], actual: seen.actual });
  t.equal(seen.actual.sizeBytes, GIB);

  await writeVhd(cloud.storage, key.uuid, { sizeBytes: 2 * GIB });
  t.same(await converge(disks, key, { ...desired, sizeBytes: 2 * GIB }), ['sizeBytes']);

  await rm(join(cloud.storage, `${key.uuid}.vhd`));
  t.equal(await remove(disks, key), 1);
  t.equal((await disks.delete(key, call())).settled, true);
});

t.test('deleting never removes a file', async (t) => {
  const cloud = await startCloud(t);
  const { disks } = cloud.driver;
  const key = keyOf(randomUUID());
  await writeVhd(cloud.storage, key.uuid, { sizeBytes: GIB });
  await converge(disks, key, { name: 'data', sizeBytes: GIB });
  await disks.delete(key, call());
  t.equal((await disks.observe(key, undefined, call())).presence, 'absent');
  t.same(
    await converge(disks, key, { name: 'data', sizeBytes: GIB }),
    ['create'],
    'the file is still there',
  );
});

t.test('a late removal leaves alone what was introduced under the same name since', async (t) => {
  const cloud = await startCloud(t);
  const { disks } = cloud.driver;
  const key = keyOf(randomUUID());
  const desired = { name: 'data', sizeBytes: GIB };
  await writeVhd(cloud.storage, key.uuid, { sizeBytes: GIB });
  await converge(disks, key, desired);
  const { external } = present(await disks.observe(key, desired, call()));
  await disks.delete({ ...key, external }, call());
  await converge(disks, key, desired);
  const anew = present(await disks.observe(key, desired, call()));
  t.not(anew.external, external);
  t.same(await disks.delete({ ...key, external }, call()), { settled: true });
  t.same(await disks.observe(key, desired, call()), anew);
});

t.test(
  'what an earlier version recorded of a disk removes nothing, until it is looked at',
  async (t) => {
    const cloud = await startCloud(t);
    const { disks } = cloud.driver;
    const key = keyOf(randomUUID());
    await writeVhd(cloud.storage, key.uuid, { sizeBytes: GIB });
    await converge(disks, key, { name: 'data', sizeBytes: GIB });
    const recorded = keyOf(key.uuid, key.uuid);
    t.same(await disks.delete(recorded, call()), { settled: true });
    const { external } = present(await disks.observe(recorded, undefined, call()));
    await disks.delete({ ...recorded, external }, call());
    t.equal((await disks.observe(recorded, undefined, call())).presence, 'absent');
  },
);

t.test('the base of clones is no disk for servers', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  await writeVhd(cloud.storage, key.uuid, { sizeBytes: GIB, hidden: true });
  await t.rejects(cloud.driver.disks.create(key, { name: 'base', sizeBytes: GIB }, call()), {
    code: 'DiskFileMissing',
  });
});

t.test('one scan serves all who asked before it began', async (t) => {
  const cloud = await startCloud(t);
  const uuids = Array.from({ length: 20 }, resourceUuid);
  for (const uuid of uuids) await writeVhd(cloud.storage, uuid, { sizeBytes: GIB });
  await Promise.all(
    uuids.map((uuid) =>
      cloud.driver.disks.create(keyOf(uuid), { name: 'x', sizeBytes: GIB }, call()),
    ),
  );
  t.equal((await cloud.driver.disks.list(undefined, call())).objects.length, 20);
});

t.test('disks that the pool’s own tools have made on the share are not listed', async (t) => {
  const cloud = await startCloud(t);
  const ours = resourceUuid();
  for (const uuid of [randomUUID(), ours]) {
    await writeVhd(cloud.storage, uuid, { sizeBytes: GIB });
  }
  await cloud.driver.disks.create(keyOf(ours), { name: 'x', sizeBytes: GIB }, call());
  t.same((await cloud.driver.disks.list(undefined, call())).objects, [
    { external: await referenceOf(cloud, ours), uuid: ours, epoch: 1 },
  ]);
});

t.test('a file that is no VHD fails the scan and is named', async (t) => {
  const cloud = await startCloud(t);
  const torn = `${randomUUID()}.vhd`;
  await writeFile(join(cloud.storage, torn), 'torn');
  const error: unknown = await cloud.driver.disks
    .create(keyOf(randomUUID()), { name: 'x', sizeBytes: GIB }, call())
    .catch((thrown: unknown) => thrown);
  t.match(error, { outcome: 'rejected', code: 'SR_BACKEND_FAILURE_40', message: new RegExp(torn) });
});

t.test('a repository that is not there is said to be missing', async (t) => {
  const cloud = await startCloud(t);
  const driver = driverFor(cloud.simulator.url, { storageRepository: 'nowhere' });
  await t.rejects(driver.disks.create(keyOf(randomUUID()), { name: 'x', sizeBytes: GIB }, call()), {
    outcome: 'unavailable',
    code: 'RepositoryUnknown',
  });
});

/** What the pool refers to a disk by. */
async function referenceOf({ raw }: Cloud, uuid: string): Promise<string> {
  return String(await raw.call('VDI.get_by_uuid', uuid));
}

/** Of version 7, as those of resources are. */
function resourceUuid(): string {
  const text = randomUUID();
  return `${text.slice(0, 14)}7${text.slice(15)}`;
}
