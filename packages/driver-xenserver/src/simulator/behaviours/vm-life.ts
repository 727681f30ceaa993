import type { Json } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import { asText, flagOf, integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { refreshOperations } from '../rules/allowed-operations.js';
import { isTrue, textMap } from '../values.js';
import { updateOverhead } from '../vm/memory.js';
import { isFlagSet } from '../vm/read-vm-facts.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { xapiTime } from '../xapi-time.js';

function domainType(fields: Readonly<Record<string, Json>>): Json {
  const { domain_type: given = 'unspecified' } = fields;
  if (given !== 'unspecified') return given;
  return fields['HVM_boot_policy'] === '' ? 'pv' : 'hvm';
}

/** Whether VMs get the vendor's device unless they say otherwise. */
function vendorDevice(database: Database, record: Json | undefined): boolean {
  const { has_vendor_device: given } = structOf(record);
  if (given !== undefined) return flagOf(given);
  const [pool] = database.rows('pool');
  return !isTrue(pool?.fields.get('policy_no_vendor_device'));
}

/** A VM made in the state `Suspended` would need its image and the record it was booted with. */
function assertRestorable(pool: Pool, fields: Readonly<Record<string, Json>>): void {
  if (fields['power_state'] !== 'Suspended') return;
  const flags = Object.keys(textMap(fields['last_boot_CPU_flags'])).length;
  const image = pool.database.find('VDI', asText(fields['suspend_VDI']));
  if (flags > 0 && fields['last_booted_record'] !== '' && image !== undefined) return;
  throw new XapiFault('VM_BAD_POWER_STATE', pool.identifiers.ref(), 'halted', 'suspended');
}

function create({ pool }: CallContext, record: Json | undefined): string {
  const schema = pool.schema.get('VM');
  if (schema === undefined) throw new Error('the datamodel has no VM');
  const fields = constructorFields(schema, record);
  const { database } = pool;
  assertRestorable(pool, fields);
  const metrics = database.insert('VM_metrics', { current_domain_type: 'unspecified' });
  const given = textMap(fields['other_config']);
  const vendor = vendorDevice(database, record);
  const version = Number(fields['hardware_platform_version'] ?? 0);
  const vm = database.insert('VM', {
    ...fields,
    other_config: { mac_seed: pool.identifiers.uuid(), ...given },
    blocked_operations: {},
    domain_type: domainType(fields),
    has_vendor_device: vendor,
    hardware_platform_version: vendor ? Math.max(2, version) : version,
    power_state: fields['power_state'] === 'Suspended' ? 'Suspended' : 'Halted',
    protection_policy: NULL_REF,
    snapshot_schedule: NULL_REF,
    is_snapshot_from_vmpp: false,
    is_vmss_snapshot: false,
    domid: -1,
    resident_on: NULL_REF,
    metrics: metrics.ref,
  });
  updateOverhead(pool, vm);
  return vm.ref;
}

function removeIfThere(database: Database, className: string, ref: string): void {
  const row = database.find(className, ref);
  if (row !== undefined) database.remove(row);
}

/** Removes a VM's rows; its disks stay, and its snapshots move up to its parent. */
export function removeVm({ database }: Pool, vm: Row): void {
  if (isFlagSet(vm.fields.get('other_config'), 'default_template'))
    throw new XapiFault('VM_CANNOT_DELETE_DEFAULT_TEMPLATE');
  const parent = textField(vm, 'parent');
  for (const ref of vm.links.get('children') ?? [])
    database.set(database.get('VM', ref), 'parent', parent);
  for (const kind of ['VBD', 'VIF'] as const) {
    for (const ref of vm.links.get(`${kind}s`) ?? []) database.remove(database.get(kind, ref));
  }
  removeIfThere(database, 'VM_metrics', textField(vm, 'metrics'));
  removeIfThere(database, 'VM_guest_metrics', textField(vm, 'guest_metrics'));
  database.remove(vm);
}

function becomeTemplate({ pool: { database } }: CallContext, vm: Row): void {
  const [pool] = database.rows('pool');
  const protectedNow =
    isTrue(pool?.fields.get('ha_enabled')) &&
    isTrue(vm.fields.get('ha_always_run')) &&
    textField(vm, 'ha_restart_priority') === 'restart';
  if (protectedNow) throw new XapiFault('VM_IS_PROTECTED', vm.ref);
  database.set(vm, 'ha_always_run', false);
  removeIfThere(database, 'VM_metrics', textField(vm, 'metrics'));
  database.set(vm, 'metrics', NULL_REF);
  database.set(vm, 'is_a_template', true);
}

/** A template becomes a VM. What it allows is not recomputed then, as with a real XAPI. */
export function becomeVm({ pool }: CallContext, vm: Row): void {
  const metrics = pool.database.find('VM_metrics', textField(vm, 'metrics'));
  if (metrics !== undefined) pool.database.set(metrics, 'install_time', xapiTime(pool.clock.now()));
  pool.database.set(vm, 'is_a_template', false);
}

async function setTemplate(context: CallContext, vm: Row, wanted: boolean): Promise<''> {
  if (wanted) {
    await withVmOperation(context, vm, 'make_into_template', async () =>
      becomeTemplate(context, vm),
    );
  } else becomeVm(context, vm);
  return '';
}

async function setDefaultTemplate(context: CallContext, vm: Row, wanted: boolean): Promise<''> {
  const { database } = context.pool;
  if (wanted && !isTrue(vm.fields.get('is_a_template'))) await setTemplate(context, vm, true);
  const config = textMap(vm.fields.get('other_config'));
  database.set(vm, 'other_config', { ...config, default_template: String(wanted) });
  database.set(vm, 'is_default_template', wanted);
  refreshOperations(database, vm, context.pool.release);
  return '';
}

/** What high availability does for a VM; the older flag is only another way to say it. */
function setRestartPriority({ pool }: CallContext, vm: Row, priority: string): '' {
  if (!['restart', 'best-effort', ''].includes(priority))
    throw new XapiFault('INVALID_VALUE', 'ha_restart_priority', priority);
  const before = textField(vm, 'ha_restart_priority');
  pool.database.set(vm, 'ha_restart_priority', priority);
  if (priority !== before && vm.fields.get('power_state') === 'Running')
    pool.database.set(vm, 'ha_always_run', priority === 'restart');
  refreshOperations(pool.database, vm, pool.release);
  return '';
}

const BOOT_POLICY = 'BIOS order';

/** Sets how a VM boots: the old field and the one that replaced it agree. */
function setKind({ pool }: CallContext, vm: Row, kind: string, policy: string): '' {
  pool.database.set(vm, 'domain_type', kind);
  pool.database.set(vm, 'HVM_boot_policy', policy);
  return '';
}

const ofVm =
  (
    act: (context: CallContext, vm: Row, value: Json | undefined) => Json | Promise<Json>,
  ): Behaviour =>
  (context, [ref, value]) =>
    act(context, context.pool.database.get('VM', textOf(ref)), value);

function refuseNegative(field: string): Behaviour {
  return ofVm(({ pool }, vm, value) => {
    const given = integerOf(value);
    if (given < 0)
      throw new XapiFault('INVALID_VALUE', `${field} must be non-negative`, String(given));
    pool.database.set(vm, field, given);
    return '';
  });
}

/** Making and removing VMs, and what they are. */
export const VM_LIFE: Behaviours = {
  'VM.create': (context, [record]) => create(context, structOf(record)),
  'VM.destroy': ofVm(async (context, vm) => {
    await withVmOperation(context, vm, 'destroy', async () => removeVm(context.pool, vm));
    return '';
  }),
  'VM.set_is_a_template': ofVm((context, vm, value) => setTemplate(context, vm, flagOf(value))),
  'VM.set_is_default_template': ofVm((context, vm, value) =>
    setDefaultTemplate(context, vm, flagOf(value)),
  ),
  'VM.set_HVM_boot_policy': ofVm((context, vm, value) => {
    const policy = textOf(value);
    return setKind(context, vm, policy === '' ? 'pv' : 'hvm', policy);
  }),
  'VM.set_domain_type': ofVm((context, vm, value) => {
    const kind = textOf(value);
    return setKind(context, vm, kind, kind === 'hvm' ? BOOT_POLICY : '');
  }),
  'VM.set_ha_restart_priority': ofVm((context, vm, value) =>
    setRestartPriority(context, vm, textOf(value)),
  ),
  'VM.set_ha_always_run': ofVm((context, vm, value) =>
    setRestartPriority(context, vm, flagOf(value) ? 'restart' : ''),
  ),
  'VM.set_start_delay': refuseNegative('start_delay'),
  'VM.set_shutdown_delay': refuseNegative('shutdown_delay'),
  'VM.set_order': refuseNegative('order'),
  'VM.set_bios_strings': ofVm(({ pool }, vm, value) => {
    if (Object.keys(textMap(vm.fields.get('bios_strings'))).length > 0)
      throw new XapiFault('VM_BIOS_STRINGS_ALREADY_SET');
    pool.database.set(vm, 'bios_strings', structOf(value));
    return '';
  }),
  'VM.copy_bios_strings': ofVm(({ pool }, vm, value) => {
    const host = pool.database.get('host', textOf(value));
    if (Object.keys(textMap(vm.fields.get('bios_strings'))).length > 0)
      throw new XapiFault('VM_BIOS_STRINGS_ALREADY_SET');
    pool.database.set(vm, 'bios_strings', structOf(host.fields.get('bios_strings')));
    pool.database.set(vm, 'affinity', host.ref);
    return '';
  }),
};
