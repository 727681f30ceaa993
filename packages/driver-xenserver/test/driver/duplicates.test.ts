import type { JsonObject } from '@gdcloud/core';
import t from 'tap';
import { keyOf, present, serverOn, vlan } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const UUID = '018f0000-0000-7000-8000-000000000001';
/** Sort before and after any uuid that the pool makes up. */
const LOW = '00000000-0000-4000-8000-000000000000';
const HIGH = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

/** Makes what a late call of a replaced process makes: another object with the same key. */
function duplicate({ pool }: Laboratory, className: 'VM' | 'network', uuid: string): void {
  pool.rows.insert(className, {
    uuid,
    name_label: 'late',
    name_description: `gdcloud:${UUID}:1`,
    other_config: { 'gdcloud:id': UUID, 'gdcloud:epoch': '1', 'gdcloud:owner': 'test' },
    ...(className === 'VM' ? VM : {}),
  });
}

const VM: JsonObject = { power_state: 'Halted', domid: -1 };

function uuids({ pool }: Laboratory, className: 'VM' | 'network'): readonly string[] {
  return pool.rows
    .list(className)
    .filter(({ record }) => record['name_description'] !== '')
    .map(({ record }) => String(record['uuid']))
    .sort();
}

t.test('of several servers with one key', async (t) => {
  const desired = serverOn('', { powerState: 'halted' });

  t.test('the recorded one counts, and the others are named', async (t) => {
    const lab = openLaboratory();
    const { servers } = lab.driver;
    const { external } = await servers.create(keyOf(UUID), desired, lab.call());
    duplicate(lab, 'VM', LOW);
    duplicate(lab, 'VM', HIGH);
    for (const recorded of [external ?? '', LOW, HIGH]) {
      const seen = present(await servers.observe(keyOf(UUID, recorded), undefined, lab.call()));
      t.equal(seen.external, recorded);
      const others = [LOW, external, HIGH].filter((uuid) => uuid !== recorded);
      t.same(
        seen.duplicates?.map((each) => each.external),
        others,
        'in a fixed order',
      );
    }
  });

  t.test('the recorded one counts also when it has lost its description', async (t) => {
    const lab = openLaboratory();
    const { servers } = lab.driver;
    const { external } = await servers.create(keyOf(UUID), desired, lab.call());
    const ref = lab.pool.rows.list('VM').find(({ record }) => record['uuid'] === external)?.ref;
    lab.pool.rows.set('VM', ref ?? '', 'name_description', 'our web server');
    duplicate(lab, 'VM', LOW);
    const seen = present(await servers.observe(keyOf(UUID, external), undefined, lab.call()));
    t.equal(seen.external, external);
    t.match(seen.duplicates, [{ external: LOW }]);
  });

  t.test('the lowest counts when none is recorded or the recorded one is gone', async (t) => {
    const lab = openLaboratory();
    const { servers } = lab.driver;
    duplicate(lab, 'VM', HIGH);
    duplicate(lab, 'VM', LOW);
    for (const key of [keyOf(UUID), keyOf(UUID, '11111111-1111-4111-8111-111111111111')]) {
      const seen = present(await servers.observe(key, undefined, lab.call()));
      t.equal(seen.external, LOW);
      t.match(seen.duplicates, [{ external: HIGH }]);
    }
  });

  t.test('one that has a life in it counts before a lower one', async (t) => {
    const lab = openLaboratory();
    duplicate(lab, 'VM', LOW);
    duplicate(lab, 'VM', HIGH);
    const ref = lab.pool.rows.list('VM').find(({ record }) => record['uuid'] === HIGH)?.ref ?? '';
    for (const state of ['Running', 'Paused', 'Suspended']) {
      lab.pool.rows.set('VM', ref, 'power_state', state);
      const seen = await lab.driver.servers.observe(keyOf(UUID), undefined, lab.call());
      t.equal(present(seen).external, HIGH, state);
    }
  });

  t.test('a removal takes just the one it names, however often it is repeated', async (t) => {
    const lab = openLaboratory();
    const { servers } = lab.driver;
    const { external } = await servers.create(keyOf(UUID), desired, lab.call());
    duplicate(lab, 'VM', LOW);
    for (let times = 0; times < 3; times += 1) {
      t.equal((await servers.delete(keyOf(UUID, LOW), lab.call())).settled, true);
      t.same(uuids(lab, 'VM'), [external]);
    }
    const seen = present(await servers.observe(keyOf(UUID, external), undefined, lab.call()));
    t.equal(seen.duplicates, undefined);
    await servers.delete(keyOf(UUID), lab.call());
    t.same(uuids(lab, 'VM'), [], 'without a name it takes what carries the key');
  });

  t.test('one that runs is stopped first, and the recorded one runs on', async (t) => {
    const lab = openLaboratory();
    const { servers } = lab.driver;
    await lab.converge(servers, keyOf(UUID), serverOn(lab.host));
    const [kept] = uuids(lab, 'VM');
    duplicate(lab, 'VM', LOW);
    const rows = lab.pool.rows.list('VM');
    const late = rows.find(({ record }) => record['uuid'] === LOW)?.ref ?? '';
    lab.pool.rows.set('VM', late, 'power_state', 'Running');
    await lab.clock.until(servers.delete(keyOf(UUID, LOW), lab.call()));
    t.same(uuids(lab, 'VM'), [LOW, kept]);
    await servers.delete(keyOf(UUID, LOW), lab.call());
    t.same(uuids(lab, 'VM'), [kept]);
    const seen = present(await servers.observe(keyOf(UUID, kept), undefined, lab.call()));
    t.equal(seen.actual.powerState, 'running');
  });
});

t.test('of several segments with one key', async (t) => {
  t.test('the recorded one counts, and a removal takes just the one it names', async (t) => {
    const lab = openLaboratory();
    const { segments } = lab.driver;
    const { external } = await segments.create(keyOf(UUID), vlan(7), lab.call());
    duplicate(lab, 'network', LOW);
    const seen = present(await segments.observe(keyOf(UUID, external), undefined, lab.call()));
    t.equal(seen.external, external);
    t.match(seen.duplicates, [{ external: LOW }]);
    const other = present(await segments.observe(keyOf(UUID, LOW), undefined, lab.call()));
    t.equal(other.external, LOW);
    t.match(other.duplicates, [{ external }]);
    for (let times = 0; times < 3; times += 1) {
      await segments.delete(keyOf(UUID, LOW), lab.call());
      t.same(uuids(lab, 'network'), [external]);
    }
  });

  t.test('the one that hosts carry counts, then the lowest; servers are put on it', async (t) => {
    const lab = openLaboratory();
    const { segments, servers } = lab.driver;
    duplicate(lab, 'network', HIGH);
    await lab.converge(segments, keyOf(UUID), vlan(7));
    duplicate(lab, 'network', LOW);
    const seen = present(await segments.observe(keyOf(UUID), vlan(7), lab.call()));
    t.equal(seen.external, HIGH);
    t.match(seen.duplicates, [{ external: LOW }]);
    const server = keyOf('018f0000-0000-7000-8000-000000000002');
    const card = { device: 0, network: keyOf(UUID).uuid, macAddress: '02:00:00:00:00:01' };
    const nics = [{ ...card, ipv4Address: '192.168.0.10' }];
    await lab.converge(servers, server, serverOn(lab.host, { nics }));
    const [vif] = lab.pool.rows.list('VIF');
    const network = lab.pool.rows.list('network').find(({ record }) => record['uuid'] === HIGH);
    t.equal(vif?.record['network'], network?.ref);
  });
});
