import t from 'tap';
import { VM_RECORD } from '../../vm-record.js';
import { freshPool, NOBODY } from './fresh-pool.js';

t.test('groups of devices come and go', async (t) => {
  const { call, ref, refused } = await freshPool(t);
  for (const name of ['GPU_group', 'USB_group']) {
    const group = await ref(`${name}.create`, 'mine', '', {});
    t.equal(await call(`${name}.get_name_label`, group), 'mine');
    await call(`${name}.destroy`, group);
    t.same(await refused(`${name}.destroy`, group), ['HANDLE_INVALID', name, group]);
  }
});

t.test('a VM has one trusted module, which comes and goes while it is off', async (t) => {
  const { call, ref, refused } = await freshPool(t);
  const vm = await ref('VM.create', VM_RECORD);
  const module = await ref('VTPM.create', vm, false);
  t.same(await call('VM.get_VTPMs', vm), [module]);
  t.same(await refused('VTPM.create', vm, false), ['VTPM_MAX_AMOUNT_REACHED', '1']);
  await call('VM.start', vm, false, false);
  const running = ['VM_BAD_POWER_STATE', vm, 'halted', 'running'];
  t.same(await refused('VTPM.create', vm, false), running);
  t.same(await refused('VTPM.destroy', module), running);
  await call('VM.hard_shutdown', vm);
  await call('VTPM.destroy', module);
  t.same(await call('VM.get_VTPMs', vm), []);
});

t.test('tunnels, controllers and sites need Open vSwitch', async (t) => {
  const { call, ref, first, refused } = await freshPool(t);
  const pif = await first('PIF.get_all');
  const host = await first('host.get_all');
  const home = await ref('PIF.get_network', pif);
  const network = await ref('network.create', {
    name_label: 'n',
    name_description: '',
    MTU: 1500,
    other_config: {},
    tags: [],
  });
  t.same(await refused('tunnel.create', pif, home), ['NETWORK_ALREADY_CONNECTED', host, pif]);
  t.same(await refused('tunnel.create', pif, network), ['OPENVSWITCH_NOT_ACTIVE']);
  t.same(await refused('tunnel.create', NOBODY, network), ['HANDLE_INVALID', 'PIF', NOBODY]);
  t.same(await refused('SDN_controller.introduce', 'ssl', '10.0.0.1', 6632), [
    'OPENVSWITCH_NOT_ACTIVE',
  ]);
  t.same(await refused('PVS_site.introduce', 'site', '', ''), ['OPENVSWITCH_NOT_ACTIVE']);
  t.same(await refused('network_sriov.create', pif, network), ['PIF_IS_NOT_SRIOV_CAPABLE', pif]);
  await call('pool.create_VLAN', 'eth0', network, 7);
  const vlan = await first('network.get_PIFs', network);
  t.same(await refused('network_sriov.create', vlan, home), ['PIF_IS_NOT_PHYSICAL', vlan]);
  t.same(await refused('PIF.set_property', vlan, 'gro', 'off'), [
    'CANNOT_CHANGE_PIF_PROPERTIES',
    vlan,
  ]);
  t.same(await refused('PIF.set_property', pif, 'gro', 'maybe'), [
    'INVALID_VALUE',
    'properties',
    'gro = maybe',
  ]);
  await call('PIF.set_property', pif, 'gro', 'off');
  t.same(await call('PIF.get_properties', pif), { gro: 'off' });
  t.same(await refused('Cluster.create', pif, 'none', true, 20.5, 1.5), [
    'INVALID_CLUSTER_STACK',
    'none',
  ]);
});

t.test('blobs are there before anybody looks at what they are for', async (t) => {
  const { call, ref, refused } = await freshPool(t);
  const vm = await ref('VM.create', VM_RECORD);
  const count = async (): Promise<number> => ((await call('blob.get_all')) as unknown[]).length;
  const blob = await ref('VM.create_new_blob', vm, 'icon', '', true);
  t.equal(await call('blob.get_mime_type', blob), 'application/octet-stream');
  t.same(await call('VM.get_blobs', vm), { icon: blob });
  t.same(await refused('VM.create_new_blob', vm, 'icon', 'text/plain', true), [
    'MAP_DUPLICATE_KEY',
    'VM',
    'blobs',
    vm,
    'icon',
  ]);
  t.same(await refused('VM.create_new_blob', NOBODY, 'icon', '', true), [
    'HANDLE_INVALID',
    'VM',
    NOBODY,
  ]);
  t.equal(await count(), 3);
  await call('blob.destroy', blob);
  t.same(await call('VM.get_blobs', vm), {});
});

t.test('changed blocks are tracked by no storage manager here', async (t) => {
  const { call, ref, first, refused } = await freshPool(t);
  const repository = await first('SR.get_all');
  const disk = await ref('VDI.create', {
    name_label: 'd',
    name_description: '',
    SR: repository,
    virtual_size: 2 ** 20,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
  });
  const unsupported = ['SR_OPERATION_NOT_SUPPORTED', repository];
  t.same(await refused('VDI.enable_cbt', disk), unsupported);
  t.same(await refused('VDI.data_destroy', disk), unsupported);
  t.same(await refused('VDI.list_changed_blocks', disk, disk), unsupported);
  t.same(await refused('VDI.enable_cbt', NOBODY), ['HANDLE_INVALID', 'VDI', NOBODY]);
  t.same(await call('VDI.get_nbd_info', disk), []);
});

t.test('a VM goes to another pool only by a whole description of it', async (t) => {
  const { call, ref, refused } = await freshPool(t);
  const vm = await ref('VM.create', VM_RECORD);
  t.same(await refused('VM.assert_can_migrate', vm, {}, true, {}, {}, {}), [
    'INTERNAL_ERROR',
    'Not_found',
  ]);
  t.same(await refused('VM.assert_can_migrate', NOBODY, {}, true, {}, {}, {}), [
    'HANDLE_INVALID',
    'VM',
    NOBODY,
  ]);
  t.same(await call('VM.get_SRs_required_for_recovery', vm, NOBODY), []);
});
