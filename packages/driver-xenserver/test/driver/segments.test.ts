import { randomUUID } from 'node:crypto';
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
  vlan,
} from '../cloud.js';
import { joinHost } from '../join-host.js';
import { openLaboratory } from '../pool-in-process.js';

t.test('a segment reaches every host, one host at a time, and leaves them all', async (t) => {
  const cloud = await startCloud(t, { hosts: 2 });
  const { segments } = cloud.driver;
  const key = keyOf(randomUUID());
  const foreseen = await segments.foresee?.(vlan(100), call());
  t.equal((await cloud.raw.records('network')).length, 1, 'foreseeing makes nothing');
  const fields = await converge(segments, key, vlan(100));
  t.match(fields, ['create', /^hosts\./, /^hosts\./]);
  t.same(['create', ...(foreseen?.changes.map(({ field }) => field) ?? [])], fields);
  t.equal(foreseen?.actual.hosts, 2);
  t.equal(present(await segments.observe(key, vlan(100), call())).actual.hosts, 2);
  t.same(
    (await cloud.raw.records('VLAN')).map((row) => row['tag']),
    [100, 100],
  );
  t.same(await converge(segments, key, vlan(100)), [], 'then nothing is left to do');
  t.equal(await remove(segments, key), 3);
  t.same(await cloud.raw.records('VLAN'), []);
  t.equal((await cloud.raw.records('PIF')).length, 2, 'the physical interfaces stay');
  t.equal((await cloud.raw.records('network')).length, 1);
});

t.test('an unplugged interface is plugged again and a new name is followed', async (t) => {
  const cloud = await startCloud(t, { hosts: 1 });
  const { segments } = cloud.driver;
  const key = keyOf(randomUUID());
  await converge(segments, key, vlan(7));
  const [network] = await cloud.raw
    .records('network')
    .then((rows) => rows.filter((row) => row['name_label'] === 'lan'));
  const [pif] = (network?.['PIFs'] ?? []) as readonly string[];
  await cloud.raw.call('PIF.unplug', pif);
  const renamed = { ...vlan(7), name: 'office' };
  t.match(await converge(segments, key, renamed), ['name', /^hosts\./]);
});

t.test('a tag that another network has is a conflict', async (t) => {
  const cloud = await startCloud(t, { hosts: 1 });
  const { segments } = cloud.driver;
  await converge(segments, keyOf(randomUUID()), vlan(9));
  const key = keyOf(randomUUID());
  await t.rejects(converge(segments, key, vlan(9)), { outcome: 'rejected', code: 'SegmentTaken' });
  t.equal(await remove(segments, key), 1, 'and what was made of it can be removed');
});

t.test('segments that the pool can not carry are invalid', async (t) => {
  const cloud = await startCloud(t, { hosts: 1 });
  const { segments } = cloud.driver;
  const vxlan = {
    name: 'x',
    segment: { kind: 'vxlan', physicalNetwork: 'physnet1', id: 5000 },
  } as const;
  const unsupported = { outcome: 'invalid', code: 'SegmentKindUnsupported' };
  await t.rejects(segments.create(keyOf(randomUUID()), vxlan, call()), unsupported);
  if (segments.foresee !== undefined) await t.rejects(segments.foresee(vxlan, call()), unsupported);
  const stray = {
    name: 'x',
    segment: { kind: 'vlan', physicalNetwork: 'physnet9', id: 5 },
  } as const;
  await t.rejects(segments.create(keyOf(randomUUID()), stray, call()), {
    outcome: 'invalid',
    code: 'PhysicalNetworkUnknown',
  });
});

/** The VLANs of a network, by the uuid of the host that carries them. */
async function carriers(cloud: Cloud, name: string): Promise<Readonly<Record<string, unknown>>> {
  const [network] = (await cloud.raw.records('network')).filter(
    (row) => row['name_label'] === name,
  );
  const carried: Record<string, unknown> = {};
  for (const ref of (network?.['PIFs'] ?? []) as readonly string[]) {
    const pif = (await cloud.raw.call('PIF.get_record', ref)) as Record<string, unknown>;
    const host = String(await cloud.raw.call('host.get_uuid', pif['host']));
    carried[host] = pif['currently_attached'] === true ? pif['VLAN'] : 'unplugged';
  }
  return carried;
}

t.test('a host that joins later gets the segments that are there', async (t) => {
  const lab = openLaboratory({ hosts: 1 });
  const { segments } = lab.driver;
  const key = keyOf(randomUUID());
  await lab.converge(segments, key, vlan(100));
  const joined = joinHost(lab);
  const look = async () =>
    present(await lab.clock.until(segments.observe(key, vlan(100), lab.call())));
  t.match((await look()).changes, [{ field: `hosts.${joined}`, actual: 'missing' }]);
  t.same(await lab.converge(segments, key, vlan(100)), [`hosts.${joined}`]);
  t.equal((await look()).actual.hosts, 2);
});

t.test('a VLAN that is half made is made whole on just the hosts that lack it', async (t) => {
  const cloud = await startCloud(t, { hosts: 3 });
  const { segments } = cloud.driver;
  const key = keyOf(randomUUID());
  await converge(segments, key, vlan(100));
  const whole = await carriers(cloud, 'lan');
  const [lost = '', down = '', kept = ''] = Object.keys(whole).sort();
  const vlans = (await cloud.raw.call('VLAN.get_all_records')) as Record<
    string,
    Record<string, string>
  >;
  for (const [ref, each] of Object.entries(vlans)) {
    const pif = (await cloud.raw.call('PIF.get_record', each['untagged_PIF'])) as Record<
      string,
      string
    >;
    const host = await cloud.raw.call('host.get_uuid', pif['host']);
    if (host === lost) await cloud.raw.call('VLAN.destroy', ref);
    if (host === down) await cloud.raw.call('PIF.unplug', each['untagged_PIF']);
  }
  t.same(await carriers(cloud, 'lan'), { [down]: 'unplugged', [kept]: 100 });
  const steps = await converge(segments, key, vlan(100));
  t.same([...steps].sort(), [`hosts.${lost}`, `hosts.${down}`].sort());
  t.same(await carriers(cloud, 'lan'), whole);
});

t.test('of several networks of one segment everybody takes the same, and keeps it', async (t) => {
  const cloud = await startCloud(t, { hosts: 2 });
  const key = keyOf(randomUUID());
  const marks = { 'gdcloud:id': key.uuid, 'gdcloud:epoch': '1', 'gdcloud:owner': 'test' };
  const make = async () => {
    const ref = await cloud.raw.call('network.create', {
      name_label: 'lan',
      name_description: `gdcloud:${key.uuid}:1`,
      MTU: '1500',
      other_config: marks,
    });
    return String(await cloud.raw.call('network.get_uuid', ref));
  };
  const [lowest = '', ...others] = [await make(), await make(), await make()].sort();
  const chosen = async () => {
    const seen = present(
      await driverFor(cloud.simulator.url).segments.observe(key, vlan(100), call()),
    );
    return [seen.external, [...(seen.duplicates ?? [])].map(({ external }) => external).sort()];
  };
  t.same(await chosen(), [lowest, others], 'the lowest uuid');
  const [last = ''] = others.slice(-1);
  const network = await cloud.raw.call('network.get_by_uuid', last);
  const pifs = (await cloud.raw.call('PIF.get_all_records')) as Record<
    string,
    Record<string, unknown>
  >;
  const trunk = Object.keys(pifs).find((ref) => Number(pifs[ref]?.['VLAN']) === -1);
  await cloud.raw.call('VLAN.create', trunk, '100', network);
  t.match(await chosen(), [last], 'unless a host carries another one');
});

t.test('a stranger’s network that has the tag is named', async (t) => {
  const cloud = await startCloud(t, { hosts: 1 });
  const { segments } = cloud.driver;
  const stranger = await cloud.raw.call('network.create', {
    name_label: 'office backup',
    name_description: '',
    MTU: '1500',
    other_config: {},
  });
  const pifs = (await cloud.raw.call('PIF.get_all_records')) as Record<
    string,
    Record<string, unknown>
  >;
  const trunk = Object.keys(pifs).find((ref) => Number(pifs[ref]?.['VLAN']) === -1);
  await cloud.raw.call('VLAN.create', trunk, '9', stranger);
  await t.rejects(converge(segments, keyOf(randomUUID()), vlan(9)), {
    outcome: 'rejected',
    code: 'SegmentTaken',
    message: /VLAN 9 on eth0 belongs to another network, office backup/,
  });
  t.equal((await cloud.raw.records('VLAN')).length, 1, 'and left alone');
});
