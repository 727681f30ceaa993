import type { Json } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import { flagOf, integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { numberField, textField } from '../record.js';
import { textMap } from '../values.js';
import { assertPowerState } from './vm-power.js';

const MEMORY_ORDER = [
  'memory_static_min',
  'memory_dynamic_min',
  'memory_dynamic_max',
  'memory_static_max',
];

function assertMemoryOrder(sizes: readonly number[]): void {
  const ordered = sizes.every((size, index) => index === 0 || size >= (sizes[index - 1] ?? 0));
  if (!ordered) throw new XapiFault('MEMORY_CONSTRAINT_VIOLATION_ORDER');
}

function assertCpus(atStartup: number, most: number, given: number): void {
  if (atStartup > 0 && atStartup <= most) return;
  throw new XapiFault(
    'INVALID_VALUE',
    'VCPU values must satisfy: 0 < VCPUs_at_startup ≤ VCPUs_max',
    String(given),
  );
}

function domainType(fields: Readonly<Record<string, Json>>): Json {
  const { domain_type: given = 'unspecified' } = fields;
  if (given !== 'unspecified') return given;
  return fields['HVM_boot_policy'] === '' ? 'pv' : 'hvm';
}

function create({ pool }: CallContext, record: Json | undefined): string {
  const schema = pool.schema.get('VM');
  if (schema === undefined) throw new Error('the datamodel has no VM');
  const fields = constructorFields(schema, record);
  const { database } = pool;
  const metrics = database.insert('VM_metrics', {
    memory_actual: fields['memory_static_max'] ?? 0,
    VCPUs_number: fields['VCPUs_at_startup'] ?? 1,
  });
  const given = textMap(fields['other_config']);
  const vm = database.insert('VM', {
    ...fields,
    other_config: { mac_seed: pool.identifiers.uuid(), ...given },
    domain_type: domainType(fields),
    power_state: 'Halted',
    domid: -1,
    resident_on: NULL_REF,
    metrics: metrics.ref,
  });
  return vm.ref;
}

function destroy({ pool }: CallContext, vm: Row): void {
  assertPowerState(vm, 'Halted', 'Suspended');
  const { database } = pool;
  for (const kind of ['VBD', 'VIF'] as const) {
    for (const ref of vm.links.get(`${kind}s`) ?? []) database.remove(database.get(kind, ref));
  }
  for (const [kind, field] of [
    ['VM_metrics', 'metrics'],
    ['VM_guest_metrics', 'guest_metrics'],
  ] as const) {
    const row = database.find(kind, textField(vm, field));
    if (row !== undefined) database.remove(row);
  }
  database.remove(vm);
}

/** Making, changing and removing VMs. */
export const VM_LIFE: Behaviours = {
  'VM.create': (context, [record]) => create(context, structOf(record)),
  'VM.destroy': async (context, [ref]) => {
    const vm = context.pool.database.get('VM', textOf(ref));
    await context.pool.operations.run(context, vm, {
      name: 'destroy',
      latencyMs: 0,
      check: () => assertPowerState(vm, 'Halted', 'Suspended'),
      apply: () => destroy(context, vm),
    });
    return '';
  },
  'VM.set_memory_limits': ({ pool }, [ref, staticMin, staticMax, dynamicMin, dynamicMax]) => {
    const vm = pool.database.get('VM', textOf(ref));
    assertPowerState(vm, 'Halted');
    const sizes = [staticMin, dynamicMin, dynamicMax, staticMax].map(integerOf);
    assertMemoryOrder(sizes);
    MEMORY_ORDER.forEach((name, index) => {
      pool.database.set(vm, name, sizes[index] ?? 0);
    });
    return '';
  },
  'VM.set_is_a_template': ({ pool }, [ref, value]) => {
    const vm = pool.database.get('VM', textOf(ref));
    if (flagOf(value)) assertPowerState(vm, 'Halted');
    pool.database.set(vm, 'is_a_template', flagOf(value));
    return '';
  },
  'VM.set_VCPUs_max': ({ pool }, [ref, count]) => {
    const vm = pool.database.get('VM', textOf(ref));
    assertPowerState(vm, 'Halted');
    assertCpus(numberField(vm, 'VCPUs_at_startup'), integerOf(count), integerOf(count));
    pool.database.set(vm, 'VCPUs_max', integerOf(count));
    return '';
  },
  'VM.set_memory_dynamic_range': ({ pool }, [ref, min, max]) => {
    const vm = pool.database.get('VM', textOf(ref));
    const [dynamicMin, dynamicMax] = [integerOf(min), integerOf(max)];
    const [staticMin, staticMax] = [
      numberField(vm, 'memory_static_min'),
      numberField(vm, 'memory_static_max'),
    ];
    assertMemoryOrder([staticMin, dynamicMin, dynamicMax, staticMax]);
    pool.database.set(vm, 'memory_dynamic_min', dynamicMin);
    pool.database.set(vm, 'memory_dynamic_max', dynamicMax);
    const metrics = pool.database.find('VM_metrics', textField(vm, 'metrics'));
    if (metrics !== undefined) pool.database.set(metrics, 'memory_actual', dynamicMax);
    return '';
  },
  'VM.set_VCPUs_number_live': ({ pool }, [ref, count]) => {
    const vm = pool.database.get('VM', textOf(ref));
    assertPowerState(vm, 'Running');
    assertCpus(integerOf(count), numberField(vm, 'VCPUs_max'), integerOf(count));
    pool.database.set(vm, 'VCPUs_at_startup', integerOf(count));
    return '';
  },
  'VM.set_VCPUs_at_startup': ({ pool }, [ref, count]) => {
    const vm = pool.database.get('VM', textOf(ref));
    assertCpus(integerOf(count), numberField(vm, 'VCPUs_max'), integerOf(count));
    pool.database.set(vm, 'VCPUs_at_startup', integerOf(count));
    return '';
  },
};
