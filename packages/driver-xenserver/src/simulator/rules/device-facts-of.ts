import type { Database, Row } from '../database.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';
import type { MediumFacts, OtherUse, OwnerFacts, VbdFacts, VifFacts } from './device-facts.js';
import type { RunningOperation } from './rule-table.js';

/** The operations under way on an object. */
export function runningOperations(row: Row): readonly RunningOperation[] {
  const operations = textMap(row.fields.get('current_operations'));
  return Object.entries(operations).map(([task, name]) => ({ task, name }));
}

/** Control domains, and VMs that serve the pool as driver domains. */
export function isSystemDomain(vm: Row): boolean {
  const { is_system_domain: marked } = textMap(vm.fields.get('other_config'));
  return isTrue(vm.fields.get('is_control_domain')) || marked === 'true';
}

/** How a VM's guest is virtualised, by what its record says. */
export function virtualisationOf(vm: Row): 'hvm' | 'pv' {
  const type = textField(vm, 'domain_type');
  if (type === 'hvm') return 'hvm';
  const said = type !== '' && type !== 'unspecified';
  return said || textField(vm, 'HVM_boot_policy') === '' ? 'pv' : 'hvm';
}

function canPlug(metrics: Row | undefined, field: string): OwnerFacts['canPlug'] {
  const said = metrics?.fields.get(field);
  return said === 'yes' || said === 'no' ? said : 'unspecified';
}

function hasDrivers(metrics: Row | undefined): boolean {
  if (metrics === undefined) return false;
  const version = textMap(metrics.fields.get('PV_drivers_version'));
  return isTrue(metrics.fields.get('PV_drivers_detected')) || Object.keys(version).length > 0;
}

function ownerOf(database: Database, device: Row): OwnerFacts {
  const vm = database.get('VM', textField(device, 'VM'));
  const metrics = database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  return {
    ref: vm.ref,
    powerState: textField(vm, 'power_state'),
    isSnapshot: isTrue(vm.fields.get('is_a_snapshot')),
    isSystemDomain: isSystemDomain(vm),
    operations: runningOperations(vm).map(({ name }) => name),
    virtualisation: virtualisationOf(vm),
    hasDrivers: hasDrivers(metrics),
    canPlug: canPlug(metrics, `can_use_hotplug_${device.class.toLowerCase()}`),
  };
}

/** What a network card's operations depend on. Throws `HANDLE_INVALID` when its VM is gone. */
export function vifFactsOf(database: Database, vif: Row): VifFacts {
  return {
    ref: vif.ref,
    owner: ownerOf(database, vif),
    operations: runningOperations(vif),
    attached: isTrue(vif.fields.get('currently_attached')),
  };
}

function otherUseOf(database: Database, vbd: Row): OtherUse {
  const vm = database.find('VM', textField(vbd, 'VM'));
  const operations = runningOperations(vbd);
  return {
    mode: textField(vbd, 'mode'),
    active: isTrue(vbd.fields.get('currently_attached')) || operations.length > 0,
    ownerSuspended: vm !== undefined && textField(vm, 'power_state') === 'Suspended',
    ownerIsSystemDomain: vm !== undefined && isSystemDomain(vm),
  };
}

/** What a drive needs to know of the disk that it has or is to have. */
export function mediumOf(database: Database, vbd: Row, disk: Row): MediumFacts {
  const others = [...(disk.links.get('VBDs') ?? [])].filter((ref) => ref !== vbd.ref);
  return {
    ref: disk.ref,
    managed: isTrue(disk.fields.get('managed')),
    readOnly: isTrue(disk.fields.get('read_only')),
    sharable: isTrue(disk.fields.get('sharable')),
    operations: runningOperations(disk),
    otherUses: others.map((ref) => otherUseOf(database, database.get('VBD', ref))),
  };
}

/** What a drive's operations depend on. Throws `HANDLE_INVALID` when its VM is gone. */
export function vbdFactsOf(database: Database, vbd: Row): VbdFacts {
  const empty = isTrue(vbd.fields.get('empty'));
  const disk = empty ? undefined : database.find('VDI', textField(vbd, 'VDI'));
  return {
    ref: vbd.ref,
    owner: ownerOf(database, vbd),
    operations: runningOperations(vbd),
    attached: isTrue(vbd.fields.get('currently_attached')),
    type: textField(vbd, 'type'),
    mode: textField(vbd, 'mode'),
    empty,
    unpluggable: isTrue(vbd.fields.get('unpluggable')),
    medium: disk === undefined ? undefined : mediumOf(database, vbd, disk),
  };
}
