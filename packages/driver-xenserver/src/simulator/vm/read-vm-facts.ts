import type { Json } from '@gdcloud/core';
import { isNullRef } from '../../datamodel/ref.js';
import { isAtLeast } from '../../datamodel/releases.js';
import type { Database, Row } from '../database.js';
import { textField } from '../record.js';
import { isTrue, textList, textMap } from '../values.js';
import type { DiskFacts, VmFacts } from './vm-facts.js';
import type { PowerState } from './vm-states.js';

/** How XAPI reads a flag in a map of strings. */
export function isFlagSet(map: Json | undefined, key: string): boolean {
  const { [key]: text = '' } = textMap(map);
  return text === '1' || text.toLowerCase() === 'true';
}

function powerState(vm: Row): PowerState {
  const state = vm.fields.get('power_state');
  return state === 'Running' || state === 'Paused' || state === 'Suspended' ? state : 'Halted';
}

/** The reference in a field when it leads somewhere. */
function reference(
  database: Database,
  vm: Row,
  field: string,
  className: string,
): string | undefined {
  const ref = textField(vm, field);
  return isNullRef(ref) || database.find(className, ref) === undefined ? undefined : ref;
}

/** Before 7.5 nothing recorded what a VM had booted as: its boot policy told it. */
function bootedAs(vm: Row, metrics: Row | undefined, release: string): VmFacts['bootedAs'] {
  if (!isAtLeast(release, 'kolkata')) {
    return textField(vm, 'HVM_boot_policy') === '' ? 'pv' : 'hvm';
  }
  const type = metrics?.fields.get('current_domain_type');
  if (type === 'pv' || type === 'pv_in_pvh' || type === 'pvh') return 'pv';
  return type === 'hvm' ? 'hvm' : 'unknown';
}

function disks(database: Database, vm: Row): readonly DiskFacts[] {
  return [...(vm.links.get('VBDs') ?? [])].flatMap((ref) => {
    const disk = database.find('VDI', textField(database.get('VBD', ref), 'VDI'));
    if (disk === undefined) return [];
    const config = disk.fields.get('sm_config');
    const { on_boot: onBoot } = textMap(config);
    return [{ resetsOnBoot: onBoot === 'reset', caches: isFlagSet(config, 'caching') }];
  });
}

/** A flag as of the VM's boot while it runs, else as its platform has it. */
function ofBoot(vm: Row, metrics: Row | undefined, field: string, key: string): boolean {
  return metrics === undefined
    ? isFlagSet(vm.fields.get('platform'), key)
    : isTrue(metrics.fields.get(field));
}

function clonesSuspended(database: Database): boolean {
  const [pool] = database.rows('pool');
  return isFlagSet(pool?.fields.get('other_config'), 'allow_clone_suspended_vm');
}

/** What a row and its neighbours say about the operations it allows. */
export function readVmFacts(database: Database, vm: Row, release: string): VmFacts {
  const metrics = database.find('VM_metrics', textField(vm, 'metrics'));
  const guest = database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  const isControlDomain = isTrue(vm.fields.get('is_control_domain'));
  const otherConfig = vm.fields.get('other_config');
  return {
    release,
    ref: vm.ref,
    powerState: powerState(vm),
    isSnapshot: isTrue(vm.fields.get('is_a_snapshot')),
    isTemplate: isTrue(vm.fields.get('is_a_template')),
    isDefaultTemplate:
      isTrue(vm.fields.get('is_default_template')) || isFlagSet(otherConfig, 'default_template'),
    isControlDomain,
    isDomainZero: isControlDomain && vm.fields.get('domid') === 0,
    isSystemDomain: isFlagSet(otherConfig, 'is_system_domain'),
    clonesSuspended: clonesSuspended(database),
    blocked: textMap(vm.fields.get('blocked_operations')),
    operations: textMap(vm.fields.get('current_operations')),
    bootedAs: bootedAs(vm, metrics, release),
    features: textMap(guest?.fields.get('other')),
    hasDrivers: Object.keys(textMap(guest?.fields.get('PV_drivers_version'))).length > 0,
    immobile: ofBoot(vm, metrics, 'nomigrate', 'nomigrate'),
    nestedVirtualisation: ofBoot(vm, metrics, 'nested_virt', 'nested-virt'),
    disks: disks(database, vm),
    passthroughDevices: textList(vm.fields.get('attached_PCIs')).length,
    virtualGpus: textList(vm.fields.get('VGPUs')).length,
    virtualUsbs: textList(vm.fields.get('VUSBs')).length,
    virtualTpms: textList(vm.fields.get('VTPMs')).length,
    appliance: reference(database, vm, 'appliance', 'VM_appliance'),
    protectionPolicy: reference(database, vm, 'protection_policy', 'VMPP'),
    snapshotSchedule: reference(database, vm, 'snapshot_schedule', 'VMSS'),
  };
}
