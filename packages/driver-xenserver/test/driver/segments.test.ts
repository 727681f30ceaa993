import { randomUUID } from 'node:crypto';
import t from 'tap';
import { call, converge, keyOf, present, remove, startCloud, vlan } from '../cloud.js';

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
