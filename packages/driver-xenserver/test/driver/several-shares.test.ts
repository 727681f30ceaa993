import { asExternalId } from '@gdcloud/core';
import t from 'tap';
import { call, converge, keyOf, present, startCloud } from '../cloud.js';

const ONE = asExternalId('/srv/one');
const TWO = asExternalId('/srv/two');
const REPOSITORIES = {
  [ONE]: { share: { server: 'nas1.example.com', path: '/export/one' } },
  [TWO]: { share: { server: 'nas2.example.com', path: '/export/two' } },
};
const KEYS = [
  keyOf('019b7650-0000-7000-8000-000000000001'),
  keyOf('019b7650-0000-7000-8000-000000000002'),
] as const;

async function divided(test: Parameters<typeof startCloud>[0]) {
  const cloud = await startCloud(test, { hosts: 2 }, { repositories: REPOSITORIES });
  const { shares } = cloud.driver;
  if (shares === undefined) throw new Error('the driver keeps no share');
  return { cloud, shares };
}

t.test('each share gets a repository of its own, connected on every host', async (t) => {
  const { cloud, shares } = await divided(t);
  await converge(shares, KEYS[0], { name: 'one', share: ONE });
  await converge(shares, KEYS[1], { name: 'two', share: TWO });
  const repositories = await cloud.raw.records('SR');
  for (const [index, label] of ['gdcloud test /srv/one', 'gdcloud test /srv/two'].entries())
    t.match(
      repositories.find(({ uuid }) => uuid === KEYS[index]?.uuid),
      { name_label: label, other_config: { gc: 'false' } },
    );
  for (const { server, path } of Object.values(REPOSITORIES).map(({ share }) => share)) {
    const connections = (await cloud.raw.records('PBD')).filter(({ device_config: config }) =>
      JSON.stringify(config).includes(server),
    );
    t.equal(connections.length, 2);
    for (const each of connections)
      t.match(each, { currently_attached: true, device_config: { serverpath: path } });
  }
  t.match(present(await shares.observe(KEYS[1], { name: 'two', share: TWO }, call())), {
    actual: { hosts: 2 },
    changes: [],
  });
});

t.test('a host that has lost one of several shares still takes servers', async (t) => {
  const { cloud, shares } = await divided(t);
  await converge(shares, KEYS[0], { name: 'one', share: ONE });
  await converge(shares, KEYS[1], { name: 'two', share: TWO });
  const pbds = Object.entries(
    (await cloud.raw.call('PBD.get_all_records')) as Record<string, Record<string, unknown>>,
  ).filter(([, pbd]) => JSON.stringify(pbd['device_config']).includes('nas1'));
  for (const [ref] of pbds) await cloud.raw.call('PBD.unplug', ref);
  for (const host of await cloud.driver.hosts(call())) t.equal(host.storageProblem, undefined);
});

t.test('a disk is looked for in the repository of its share, and nowhere else', async (t) => {
  const { cloud, shares } = await divided(t);
  await converge(shares, KEYS[0], { name: 'one', share: ONE });
  const { disks } = cloud.driver;
  const key = keyOf('019b7650-0000-7000-8000-000000000003');
  const disk = { name: 'd', sizeBytes: 2 ** 30 };
  await t.rejects(disks.create(key, { ...disk, share: ONE }, call()), { code: 'DiskFileMissing' });
  const unknown = { outcome: 'rejected', code: 'RepositoryUnknown' };
  await t.rejects(disks.create(key, { ...disk, share: TWO }, call()), unknown, 'not there yet');
  const elsewhere = asExternalId('/srv/three');
  await t.rejects(disks.create(key, { ...disk, share: elsewhere }, call()), unknown);
  await t.rejects(disks.create(key, disk, call()), unknown, 'nobody has said where it is');
});
