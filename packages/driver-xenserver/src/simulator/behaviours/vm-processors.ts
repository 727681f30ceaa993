import { integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviours } from '../context.js';
import { XapiFault } from '../fault.js';
import { numberField, textField } from '../record.js';
import { isTrue, textMap } from '../values.js';
import { updateOverhead } from '../vm/memory.js';
import { withVmOperation } from '../vm/vm-operation.js';

function wrongCount(rule: string, given: number): XapiFault {
  return new XapiFault('INVALID_VALUE', `VCPU values must satisfy: ${rule}`, String(given));
}

const AT_STARTUP = '0 < VCPUs_at_startup ≤ VCPUs_max';

/** Processors of VMs. */
export const VM_PROCESSORS: Behaviours = {
  'VM.set_VCPUs_max': async (context, [ref, value]) => {
    const { pool } = context;
    const vm = pool.database.get('VM', textOf(ref));
    const count = integerOf(value);
    await withVmOperation(context, vm, 'changing_VCPUs', async () => {
      if (count < 1 || count < numberField(vm, 'VCPUs_at_startup'))
        throw wrongCount(AT_STARTUP, count);
      pool.database.set(vm, 'VCPUs_max', count);
      updateOverhead(pool, vm);
    });
    return '';
  },
  'VM.set_VCPUs_at_startup': ({ pool }, [ref, value]) => {
    const vm = pool.database.get('VM', textOf(ref));
    const count = integerOf(value);
    if (isTrue(vm.fields.get('is_control_domain')) && vm.fields.get('domid') === 0)
      throw new XapiFault('OPERATION_NOT_ALLOWED', 'set_VCPUs_at_startup is not allowed on dom0');
    if (count < 1 || count > numberField(vm, 'VCPUs_max')) throw wrongCount(AT_STARTUP, count);
    pool.database.set(vm, 'VCPUs_at_startup', count);
    updateOverhead(pool, vm);
    return '';
  },
  'VM.set_VCPUs_number_live': async (context, [ref, value]) => {
    const { database } = context.pool;
    const vm = database.get('VM', textOf(ref));
    const count = integerOf(value);
    await withVmOperation(context, vm, 'changing_VCPUs_live', async () => {
      if (count < 1 || count > numberField(vm, 'VCPUs_max'))
        throw wrongCount('0 < VCPUs ≤ VCPUs_max', count);
      database.set(vm, 'VCPUs_at_startup', count);
      const metrics = database.find('VM_metrics', textField(vm, 'metrics'));
      if (metrics !== undefined) database.set(metrics, 'VCPUs_number', count);
    });
    return '';
  },
  'VM.add_to_VCPUs_params_live': async (context, [ref]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, 'changing_VCPUs_live', async () => {
      throw new XapiFault('NOT_IMPLEMENTED', 'add_to_VCPUs_params_live');
    });
    return '';
  },
  'VM.set_NVRAM': async (context, [ref, value]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, 'changing_NVRAM', async () =>
      context.pool.database.set(vm, 'NVRAM', structOf(value)),
    );
    return '';
  },
  'VM.add_to_NVRAM': async (context, [ref, key, value]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, 'changing_NVRAM', async () => {
      const before = textMap(vm.fields.get('NVRAM'));
      if (Object.hasOwn(before, textOf(key)))
        throw new XapiFault('MAP_DUPLICATE_KEY', 'VM', 'NVRAM', vm.ref, textOf(key));
      context.pool.database.set(vm, 'NVRAM', { ...before, [textOf(key)]: textOf(value) });
    });
    return '';
  },
  'VM.remove_from_NVRAM': async (context, [ref, key]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, 'changing_NVRAM', async () => {
      const { [textOf(key)]: _removed, ...others } = textMap(vm.fields.get('NVRAM'));
      context.pool.database.set(vm, 'NVRAM', others);
    });
    return '';
  },
};
