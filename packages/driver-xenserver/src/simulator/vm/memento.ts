import type { Json, JsonObject } from '@gdcloud/core';
import { isObject } from '../arguments.js';
import type { Row } from '../database.js';
import { textField } from '../record.js';
import { fieldsOf } from './device-copies.js';

/** Stay as they are when a VM goes back to a snapshot. */
const KEPT_BY_REVERT = [
  'uuid',
  'suspend_VDI',
  'power_state',
  'parent',
  'current_operations',
  'allowed_operations',
  'guest_metrics',
  'metrics',
  'resident_on',
  'domid',
  'protection_policy',
  'snapshot_schedule',
  'scheduled_to_be_resident_on',
  'tags',
  'affinity',
];

/** Of a snapshot without a memento its own record is taken, but not what makes it a snapshot. */
const OF_SNAPSHOTS = [
  'name_label',
  'is_a_snapshot',
  'is_a_template',
  'is_default_template',
  'snapshot_of',
  'snapshot_time',
  'snapshot_info',
  'snapshot_metadata',
  'transportable_snapshot_id',
];

/** A VM's record in one string: what a snapshot keeps of it. */
export function memento(vm: Row): string {
  return JSON.stringify(fieldsOf(vm, ['snapshot_metadata']));
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The uuid of the VM that a snapshot was taken of; undefined when it kept no memento that can be read. */
export function rememberedUuid(snapshot: Row): string | undefined {
  const uuid = parsed(textField(snapshot, 'snapshot_metadata'))?.['uuid'];
  return typeof uuid === 'string' ? uuid : undefined;
}

/** The fields that a VM gets back from a snapshot. */
export function rememberedFields(snapshot: Row): Readonly<Record<string, Json>> {
  const kept = parsed(textField(snapshot, 'snapshot_metadata'));
  const source = kept ?? fieldsOf(snapshot, OF_SNAPSHOTS);
  const fields = Object.entries(source).filter(([name]) => !KEPT_BY_REVERT.includes(name));
  return { ...Object.fromEntries(fields), ha_always_run: false };
}
