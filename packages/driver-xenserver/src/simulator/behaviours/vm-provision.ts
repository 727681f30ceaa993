import { textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { textMap } from '../values.js';
import { type ProvisionedDisk, readProvisionOrder } from '../vm/provision-order.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { DEVICES } from './devices.js';
import { DISKS } from './disks.js';
import { becomeVm } from './vm-life.js';

async function own(
  context: CallContext,
  behaviour: Behaviours[string] | undefined,
  record: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (behaviour === undefined) throw new XapiFault('NOT_IMPLEMENTED', 'VDI.create');
  const task = context.pool.identifiers.ref();
  return textOf(await behaviour({ ...context, task }, [JSON.parse(JSON.stringify(record))]));
}

async function makeDisk(context: CallContext, vm: Row, order: ProvisionedDisk): Promise<Row> {
  const { database } = context.pool;
  const repository = database.byUuid('SR', order.repository);
  if (repository === undefined) throw new XapiFault('UUID_INVALID', 'sr', order.repository);
  const disk = await own(context, DISKS['VDI.create'], {
    name_label: '',
    name_description: 'Created by template provisioner',
    SR: repository.ref,
    virtual_size: order.bytes,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
    xenstore_data: {},
    sm_config: { vmhint: textField(vm, 'uuid') },
    tags: [],
  });
  const vbd = await own(context, DEVICES['VBD.create'], {
    VM: vm.ref,
    VDI: disk,
    userdevice: order.device,
    bootable: order.bootable,
    mode: 'RW',
    type: 'Disk',
    unpluggable: order.type !== 'system',
    empty: false,
    other_config: { owner: '' },
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  const row = database.get('VBD', vbd);
  database.set(database.get('VDI', disk), 'name_label', textField(row, 'userdevice'));
  return row;
}

/** Makes a template a VM, then the disks it asks for. A disk that fails takes the others away, and leaves the VM. */
async function provision(context: CallContext, vm: Row): Promise<void> {
  const { database } = context.pool;
  const { disks } = textMap(vm.fields.get('other_config'));
  const orders = disks === undefined ? [] : readProvisionOrder(disks);
  becomeVm(context, vm);
  const made: Row[] = [];
  try {
    for (const order of orders) made.push(await makeDisk(context, vm, order));
  } catch (thrown) {
    for (const vbd of made) {
      const disk = database.find('VDI', textField(vbd, 'VDI'));
      database.remove(vbd);
      if (disk !== undefined) database.remove(disk);
    }
    throw thrown;
  }
  const { disks: _disks, postinstall: _script, ...rest } = textMap(vm.fields.get('other_config'));
  if (orders.length > 0) database.set(vm, 'other_config', rest);
}

/** Templates that become VMs. */
export const VM_PROVISION: Behaviours = {
  'VM.provision': async (context, [ref]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, 'provision', () => provision(context, vm));
    return '';
  },
};
