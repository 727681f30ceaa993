import { randomUUID } from 'node:crypto';
import t from 'tap';
import { call, converge, driverFor, keyOf, present, startCloud } from '../cloud.js';

const SHARE = { server: 'nas.example.com', path: '/export/disks' };
const desired = { name: 'disks' };

async function shared(test: Parameters<typeof startCloud>[0]) {
  const cloud = await startCloud(test, { hosts: 2 }, { share: SHARE });
  const { shares } = cloud.driver;
  if (shares === undefined) throw new Error('the driver keeps no share');
  const key = keyOf('019b7650-0000-7000-8000-000000000001');
  return { cloud, shares, key };
}

t.test(
  'a share is introduced with SM’s clearing up off, and connected on every host',
  async (t) => {
    const { cloud, shares, key } = await shared(t);
    t.match(await shares.observe(key, desired, call()), { presence: 'absent' });
    const steps = await converge(shares, key, desired);
    t.same(steps.slice(0, 4), [
      'create',
      'switches.gc',
      'switches.coalesce',
      'switches.leaf-coalesce',
    ]);
    t.equal(steps.filter((step) => step.startsWith('hosts.')).length, 4, 'made and plugged, twice');
    const [repository] = (await cloud.raw.records('SR')).filter(({ uuid }) => uuid === key.uuid);
    t.match(repository, {
      type: 'nfs',
      shared: true,
      name_label: 'gdcloud test',
      other_config: { gc: 'false', coalesce: 'false', 'leaf-coalesce': 'false' },
      sm_config: { nosubdir: 'true' },
    });
    const connections = (await cloud.raw.records('PBD')).filter(({ device_config: config }) =>
      JSON.stringify(config).includes(SHARE.server),
    );
    t.equal(connections.length, 2);
    for (const each of connections)
      t.match(each, {
        currently_attached: true,
        device_config: { server: SHARE.server, serverpath: SHARE.path },
      });
    t.match(present(await shares.observe(key, desired, call())), {
      actual: { hosts: 2 },
      changes: [],
    });
  },
);

t.test(
  'a host that lost its connection gets it back, and an operator’s switch is set again',
  async (t) => {
    const { cloud, shares, key } = await shared(t);
    await converge(shares, key, desired);
    const pbds = Object.entries(
      (await cloud.raw.call('PBD.get_all_records')) as Record<string, Record<string, unknown>>,
    ).filter(([, pbd]) => JSON.stringify(pbd['device_config']).includes(SHARE.server));
    const [one, two] = pbds;
    if (one === undefined || two === undefined) throw new Error('two hosts are connected');
    const [[first, record], [second]] = [one, two];
    await cloud.raw.call('PBD.unplug', first);
    await cloud.raw.call('PBD.unplug', second);
    await cloud.raw.call('PBD.destroy', second);
    await cloud.raw.call('SR.remove_from_other_config', record['SR'], 'gc');
    const steps = await converge(shares, key, desired);
    t.equal(steps[0], 'switches.gc', 'before anything is plugged');
    t.equal(steps.length, 4);
    t.match(present(await shares.observe(key, desired, call())).actual, { hosts: 2 });
  },
);

t.test('made twice it is there once, and deleting it touches nothing', async (t) => {
  const { cloud, shares, key } = await shared(t);
  await shares.create(key, desired, call());
  await shares.create(key, desired, call());
  await shares.delete(key, call());
  const found = (await cloud.raw.records('SR')).filter(({ uuid }) => uuid === key.uuid);
  t.equal(found.length, 1);
  t.same(await shares.list(undefined, call()), { objects: [] });
});

t.test('a pool’s default repository is nobody’s to change', async (t) => {
  const { simulator, raw } = await startCloud(t, { hosts: 2 });
  const { shares } = driverFor(simulator.url);
  if (shares === undefined) throw new Error('the driver looks at no share');
  const key = keyOf(randomUUID());
  const before = await raw.records('SR');
  t.same(await converge(shares, key, desired), []);
  const invalid = { outcome: 'invalid', code: 'RepositoryNotOurs' };
  await t.rejects(shares.create(key, desired, call()), invalid);
  const change = { field: 'switches.gc', desired: 'false', actual: null };
  await t.rejects(shares.update(key, desired, change, call()), invalid);
  t.same(await raw.records('SR'), before);
  const named = driverFor(simulator.url, { storageRepository: randomUUID() });
  t.match(await named.shares?.observe(keyOf(randomUUID()), desired, call()), {
    presence: 'unknown',
    failure: { code: 'RepositoryUnknown' },
  });
});

t.test('switches that a default repository lacks are told until they are set', async (t) => {
  const { simulator, raw } = await startCloud(t, { hosts: 2 });
  const { shares } = driverFor(simulator.url);
  const look = async () => {
    if (shares === undefined) throw new Error('the driver looks at no share');
    return present(await shares.observe(keyOf(randomUUID()), desired, call())).actual;
  };
  t.match(await look(), {
    hosts: 2,
    advice: /other-config:gc=false other-config:coalesce=false other-config:leaf-coalesce=false$/,
  });
  const [pool] = (await raw.records('pool')) as readonly { default_SR: string }[];
  for (const name of ['gc', 'coalesce'])
    await raw.call('SR.add_to_other_config', pool?.default_SR, name, 'false');
  t.match(await look(), { advice: /uuid=\S+ other-config:leaf-coalesce=false$/ });
  await raw.call('SR.add_to_other_config', pool?.default_SR, 'leaf-coalesce', 'false');
  t.notOk('advice' in (await look()));
});
