import t from 'tap';
import { VM_RECORD } from '../../vm-record.js';
import { freshPool } from './fresh-pool.js';

t.test('a cache needs a host that is out of use', async (t) => {
  const { call, ref, first, refused } = await freshPool(t);
  const host = await first('host.get_all');
  const repository = await first('SR.get_all');
  const enable = (): Promise<readonly string[]> =>
    refused('host.enable_local_storage_caching', host, repository);
  t.same(await enable(), ['HOST_NOT_DISABLED']);
  const vm = await ref('VM.create', VM_RECORD);
  await call('VM.start', vm, false, false);
  await call('host.disable', host);
  t.same(await enable(), ['HOST_IN_USE', host, 'VM', vm]);
  t.same(await refused('host.assert_can_evacuate', host), [
    'CANNOT_EVACUATE_HOST',
    `NO_HOSTS_AVAILABLE`,
  ]);
  await call('VM.hard_shutdown', vm);
  t.same(await enable(), ['SR_OPERATION_NOT_SUPPORTED', repository]);
  t.same(await refused('host.disable_local_storage_caching', host), []);
  t.same(await refused('host.assert_can_evacuate', host), []);
});

t.test(
  'a host is managed by an interface with an address, on every host of the pool',
  async (t) => {
    const { call, ref, first, refused } = await freshPool(t);
    const host = await first('host.get_all');
    const pif = await first('PIF.get_all');
    t.same(await refused('host.management_reconfigure', pif), [
      'PIF_HAS_NO_NETWORK_CONFIGURATION',
      pif,
    ]);
    await call('PIF.reconfigure_ip', pif, 'DHCP', '', '', '', '');
    t.same(await refused('host.management_reconfigure', pif), [], 'it is the one already');
    const network = await ref('network.create', {
      name_label: 'n',
      name_description: '',
      MTU: 1500,
      other_config: {},
      tags: [],
    });
    t.same(await refused('pool.management_reconfigure', network), [
      'PIF_NOT_PRESENT',
      host,
      network,
    ]);
    await call('pool.create_VLAN', 'eth0', network, 7);
    const vlan = await first('network.get_PIFs', network);
    t.same(await refused('pool.management_reconfigure', network), [
      'PIF_HAS_NO_NETWORK_CONFIGURATION',
      vlan,
    ]);
    await call('PIF.reconfigure_ip', vlan, 'DHCP', '', '', '', '');
    await call('pool.management_reconfigure', network);
    t.equal(await call('host.get_management_interface', host), vlan);
    t.same(await refused('host.local_management_reconfigure', 'eth0'), [
      'POOL_NOT_IN_EMERGENCY_MODE',
    ]);
  },
);

t.test('a screen follows at the next reboot', async (t) => {
  const { call, first } = await freshPool(t);
  const host = await first('host.get_all');
  t.equal(await call('host.get_display', host), 'disabled');
  t.equal(await call('host.enable_display', host), 'enable_on_reboot');
  t.equal(await call('host.disable_display', host), 'disabled');
});
