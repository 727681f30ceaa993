import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { openRawPool, type RawPool, refusalOf } from '../../raw-pool.js';

async function poolOf(t: Test, hosts: number): Promise<RawPool> {
  const simulator = await startSimulator({ hosts, powerLatencyMs: 1, deviceLatencyMs: 1 });
  t.teardown(() => simulator.close());
  return openRawPool(simulator.url);
}

const network = async (raw: RawPool, label: string): Promise<string> =>
  String(await raw.call('network.create', { name_label: label, other_config: {} }));

const pifs = async (raw: RawPool): Promise<readonly string[]> =>
  (await raw.call('PIF.get_all')) as readonly string[];

t.test('a VLAN over the whole pool has an interface on every live host', async (t) => {
  const raw = await poolOf(t, 3);
  const [trunk] = await pifs(raw);
  const wire = await network(raw, 'wire');
  const made = await raw.call('pool.create_VLAN_from_PIF', trunk, wire, 7);
  t.equal((made as readonly string[]).length, 3);
  t.same(
    ((await raw.call('network.get_PIFs', wire)) as readonly string[]).toSorted(),
    [...(made as readonly string[])].toSorted(),
  );
});

t.test('one that fails on the last host leaves nothing on the others', async (t) => {
  const raw = await poolOf(t, 3);
  const trunks = await pifs(raw);
  await raw.call('VLAN.create', trunks.at(-1), 7, await network(raw, 'taken'));
  const wire = await network(raw, 'wire');
  t.same(await refusalOf(raw.call('pool.create_VLAN_from_PIF', trunks[0], wire, 7)), [
    'PIF_VLAN_EXISTS',
    'eth0',
  ]);
  t.same(await raw.call('network.get_PIFs', wire), []);
  t.equal((await pifs(raw)).length, 4);
});

t.test('a network of its own is one bridge, and names the system uses are refused', async (t) => {
  const raw = await poolOf(t, 1);
  const record = { name_label: 'n', other_config: {} };
  await raw.call('network.create', { ...record, bridge: 'mine' });
  for (const bridge of ['xapi9', 'eth1', 'longer-than-fifteen'])
    t.same(await refusalOf(raw.call('network.create', { ...record, bridge })), [
      'INVALID_VALUE',
      'bridge',
      bridge,
    ]);
  t.same(await refusalOf(raw.call('network.create', { ...record, bridge: 'mine' })), [
    'BRIDGE_NAME_EXISTS',
    'mine',
  ]);
});

t.test('a card that was forgotten is found again by a scan', async (t) => {
  const raw = await poolOf(t, 1);
  const [host] = (await raw.call('host.get_all')) as readonly string[];
  const [pif] = await pifs(raw);
  const before = (await raw.call('PIF.get_record', pif)) as Record<string, unknown>;
  await raw.call('PIF.forget', pif);
  t.same(await pifs(raw), []);
  await raw.call('PIF.scan', host);
  const [found] = await raw.records('PIF');
  for (const field of ['device', 'MAC', 'physical', 'VLAN'])
    t.equal(found?.[field], before[field], field);
  await raw.call('PIF.scan', host);
  t.equal((await pifs(raw)).length, 1, 'and only once');
});

t.test('a bond takes over address and VLANs of its members, and gives them back', async (t) => {
  const raw = await poolOf(t, 1);
  const [member = ''] = await pifs(raw);
  const vlan = await raw.call('VLAN.create', member, 7, await network(raw, 'tagged'));
  const bond = await raw.call('Bond.create', await network(raw, 'bonded'), [member], '');
  const master = String(await raw.call('Bond.get_master', bond));
  t.equal(await raw.call('PIF.get_device', master), 'bond0');
  t.equal(await raw.call('PIF.get_management', master), true);
  t.equal(await raw.call('VLAN.get_tagged_PIF', vlan), master);
  t.same(await raw.call('Bond.get_slaves', bond), [member]);
  t.same(await refusalOf(raw.call('PIF.plug', member)), ['CANNOT_PLUG_BOND_SLAVE', member]);
  t.same(await refusalOf(raw.call('Bond.create', await network(raw, 'b'), [member], '')), [
    'PIF_ALREADY_BONDED',
    member,
  ]);
  await raw.call('Bond.destroy', bond);
  t.equal(await raw.call('PIF.get_management', member), true);
  t.equal(await raw.call('VLAN.get_tagged_PIF', vlan), member);
  t.same(await pifs(raw).then((all) => all.includes(master)), false);
});

t.test('the interface that everybody talks over stays up and keeps an address', async (t) => {
  const raw = await poolOf(t, 1);
  const [pif = ''] = await pifs(raw);
  t.same(await refusalOf(raw.call('PIF.unplug', pif)), ['PIF_IS_MANAGEMENT_INTERFACE', pif]);
  t.same(await refusalOf(raw.call('PIF.reconfigure_ip', pif, 'None', '', '', '', '')), [
    'PIF_IS_MANAGEMENT_INTERFACE',
    pif,
  ]);
  t.same(await refusalOf(raw.call('PIF.reconfigure_ip', pif, 'Static', 'x', '', '', '')), [
    'INVALID_IP_ADDRESS_SPECIFIED',
    'IP',
  ]);
  await raw.call('PIF.reconfigure_ip', pif, 'Static', '192.0.2.9', '255.255.255.0', '', '');
  t.equal(await raw.call('PIF.get_IP', pif), '192.0.2.9');
});
