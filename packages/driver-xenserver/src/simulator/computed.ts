import type { Json } from '@gdcloud/core';
import { isObject } from './arguments.js';
import type { Row } from './database.js';
import { isTrue } from './values.js';

/** As a real XAPI lists them for a VM without and with guest tools (reference/xenserver.md 9.3, xapi-golden). */
const HALTED =
  'changing_NVRAM changing_dynamic_range changing_shadow_memory changing_static_range clone copy create_vtpm destroy export make_into_template metadata_export migrate_send snapshot start start_on';
const RUNNING = 'changing_dynamic_range hard_reboot hard_shutdown metadata_export pause snapshot';
const TOOLS =
  'changing_VCPUs_live checkpoint clean_reboot clean_shutdown migrate_send pool_migrate suspend';
const PAUSED = 'hard_reboot hard_shutdown metadata_export snapshot unpause';
const TEMPLATE =
  'changing_NVRAM changing_dynamic_range changing_shadow_memory changing_static_range clone copy destroy export metadata_export provision';

/** Whether the guest has tools: the platform key `simtools` says `false` when not, `deaf` when it ignores shutdowns. */
export function guestTools(vm: Row): 'none' | 'deaf' | 'present' {
  const platform = vm.fields.get('platform');
  const tools = isObject(platform) ? platform['simtools'] : undefined;
  return tools === 'false' ? 'none' : tools === 'deaf' ? 'deaf' : 'present';
}

function busy(row: Row): boolean {
  const operations = row.fields.get('current_operations');
  return isObject(operations) && Object.keys(operations).length > 0;
}

function operationsOfVm(vm: Row): string {
  if (isTrue(vm.fields.get('is_control_domain'))) return 'changing_dynamic_range';
  if (isTrue(vm.fields.get('is_a_template'))) return TEMPLATE;
  switch (vm.fields.get('power_state')) {
    case 'Halted':
      return HALTED;
    case 'Running':
      return guestTools(vm) === 'none' ? RUNNING : `${TOOLS} ${RUNNING}`;
    case 'Paused':
      return PAUSED;
    default:
      return 'destroy hard_shutdown resume resume_on';
  }
}

/** `allowed_operations` of a row: a hint, as with a real XAPI. Empty while an operation runs. */
export function allowedOperations(row: Row): Json {
  switch (row.class) {
    case 'VM':
      return busy(row) ? [] : operationsOfVm(row).split(' ').sort();
    default:
      return row.fields.get('allowed_operations') ?? [];
  }
}
