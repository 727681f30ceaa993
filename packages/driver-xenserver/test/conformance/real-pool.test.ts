import t, { type Test } from 'tap';
import { openRawPool, type RawPool } from '../raw-pool.js';
import { serveSimulator } from '../simulator-process.js';
import { removeAll } from './real/cleaning.js';
import { examineRealPool } from './real/examine-real-pool.js';
import { PoolAccess } from './real/pool-access.js';
import { Premises } from './real/premises.js';
import { type RealPoolSettings, realPoolSettings } from './real/settings.js';

// A real pool takes minutes for what the simulator does at once.
t.setTimeout(7_200_000);

/** Like no word that a driver says. */
const PASSWORD = 'whispered-by-the-operator';

const given = realPoolSettings(process.env);

if (given !== undefined) {
  t.test('the drivers keep their contract on the pool that the environment names', (t) =>
    examineRealPool(t, given),
  );
}

// As if they were real: in processes of their own, over HTTP, and with other people's objects on them.
for (const release of given === undefined ? ['boston', 'latest'] : []) {
  t.test(`a pool as of ${release} somewhere else is examined and left as it was`, async (t) => {
    const { raw, settings } = await elsewhere(t, release);
    await addNetwork(raw, 'somebody');
    const before = await contents(raw);
    await examineRealPool(t, settings);
    t.same(await contents(raw), before, 'all is there that was, and nothing else');
  });
}

t.test('what a killed run has left is told, and goes when that is asked for', async (t) => {
  const { raw, settings } = await elsewhere(t, 'latest');
  await addNetwork(raw, 'somebody');
  const before = await contents(raw);
  await addNetwork(raw, 'conformance-0123456789ab');
  const between = await contents(raw);

  const first = await Premises.prepare(settings);
  t.same(first.leftovers, ['conformance-0123456789ab']);
  await first.clear();
  t.same(await contents(raw), between);

  const second = await Premises.prepare({ ...settings, leftovers: 'removed' });
  t.same(second.leftovers, []);
  await second.clear();
  t.same(await contents(raw), before);
});

t.test('a pool without what was named is left alone', async (t) => {
  const { raw, settings } = await elsewhere(t, 'latest');
  const before = await contents(raw);
  await t.rejects(Premises.prepare({ ...settings, repository: 'elsewhere' }), /called elsewhere/);
  await t.rejects(Premises.prepare({ ...settings, trunk: 'eth9' }), /has the device eth9/);
  t.same(await contents(raw), before);
});

t.test('nothing of another deployment is ever removed', async (t) => {
  const { settings } = await elsewhere(t, 'latest');
  const access = await PoolAccess.open(settings);
  await t.rejects(removeAll(access, 'production'), /not a deployment of the kit: production/);
  await access.close();
});

async function elsewhere(
  t: Test,
  release: string,
): Promise<{ readonly raw: RawPool; readonly settings: RealPoolSettings }> {
  const url = await serveSimulator(t, '--as-of', release, '--password', PASSWORD);
  const settings = realPoolSettings({ GDCLOUD_XAPI_URL: url, GDCLOUD_XAPI_PASSWORD: PASSWORD });
  if (settings === undefined) throw new Error('no pool is named');
  return { raw: await openRawPool(url, PASSWORD), settings };
}

function addNetwork(raw: RawPool, owner: string): Promise<unknown> {
  const config = { 'gdcloud:owner': owner, 'gdcloud:id': 'theirs' };
  return raw.call('network.create', {
    name_label: owner,
    name_description: '',
    other_config: config,
  });
}

const CLASSES = ['VM', 'VBD', 'VIF', 'VDI', 'network', 'VLAN', 'PIF'] as const;

async function contents(raw: RawPool): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = CLASSES.map(async (name) => {
    const records = await raw.records(name);
    return [name, records.map(({ uuid }) => String(uuid)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
