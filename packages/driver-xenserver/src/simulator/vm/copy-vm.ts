import type { JsonObject } from '@gdcloud/core';
import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import type { CallContext } from '../context.js';
import type { Row } from '../database.js';
import { devices, endDomain } from '../domain.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';
import { xapiTime } from '../xapi-time.js';
import { copyCard, copyDrive, copyMetrics, fieldsOf, ownDisk } from './device-copies.js';
import { copyDisk, copyDisks, type DiskMethod, dropCopies } from './disk-copies.js';
import { memento } from './memento.js';
import { dropSuspendImage } from './suspend-image.js';

/** What kind of copy of a VM is made. */
export type CopyKind = 'clone' | 'copy' | 'snapshot' | 'checkpoint';

/** A copy of a VM as asked for. */
export interface CopyOrder {
  readonly kind: CopyKind;
  readonly name: string;
  /** For `copy`: where the disks go; undefined: to where they are. */
  readonly repository?: string | undefined;
  /** Disks that a snapshot leaves out. */
  readonly ignoredDisks?: readonly string[];
  /** What a checkpoint knows of the state before it began. */
  readonly snapshotInfo?: Readonly<Record<string, string>>;
}

/** Not carried over: XAPI gives a copy the datamodel's defaults, or values of its own. */
const NOT_COPIED = [
  'uuid',
  'name_label',
  'allowed_operations',
  'blocked_operations',
  'current_operations',
  'is_default_template',
  'transportable_snapshot_id',
  'resident_on',
  'scheduled_to_be_resident_on',
  'suspend_VDI',
  'suspend_SR',
  'domid',
  'domarch',
  'blobs',
  'ha_always_run',
  'protection_policy',
  'is_snapshot_from_vmpp',
  'is_vmss_snapshot',
  'snapshot_schedule',
  'snapshot_metadata',
  'appliance',
  'groups',
  'start_delay',
  'shutdown_delay',
  'order',
  'version',
  'requires_reboot',
  'pending_guidances',
  'pending_guidances_recommended',
  'pending_guidances_full',
  'recommended_guidances',
  'crash_dumps',
  'attached_PCIs',
];

const INTERNAL_KEYS = ['default_template', 'xensource_internal'];

function isSnapshotKind(kind: CopyKind): boolean {
  return kind === 'snapshot' || kind === 'checkpoint';
}

function otherConfigOf({ pool }: CallContext, vm: Row, kind: CopyKind): Record<string, string> {
  const before = textMap(vm.fields.get('other_config'));
  const kept = Object.entries(before).filter(([key]) => !INTERNAL_KEYS.includes(key));
  const config: Record<string, string> = Object.fromEntries(kept);
  if (!isSnapshotKind(kind)) config['mac_seed'] = pool.identifiers.uuid();
  if (isTrue(vm.fields.get('is_a_template')))
    config['base_template_name'] ??= textField(vm, 'name_label');
  return config;
}

function snapshotFields({ pool }: CallContext, vm: Row, order: CopyOrder): JsonObject {
  if (!isSnapshotKind(order.kind)) {
    return {
      is_a_snapshot: false,
      snapshot_of: NULL_REF,
      snapshot_time: '19700101T00:00:00Z',
      snapshot_info: {},
      parent: NULL_REF,
    };
  }
  return {
    is_a_template: true,
    is_a_snapshot: true,
    snapshot_of: vm.ref,
    snapshot_time: xapiTime(pool.clock.now()),
    snapshot_info: order.snapshotInfo ?? snapshotInfo(vm),
    snapshot_metadata: memento(vm),
    parent: textField(vm, 'parent'),
  };
}

/** What a snapshot tells of its VM. */
export function snapshotInfo(vm: Row): Readonly<Record<string, string>> {
  return {
    'power-state-at-snapshot': textField(vm, 'power_state'),
    'disk-snapshot-type': 'crash_consistent',
  };
}

function copyRecord(context: CallContext, vm: Row, order: CopyOrder): Row {
  const { pool } = context;
  const metrics = copyMetrics(pool, 'VM_metrics', textField(vm, 'metrics'), (insert) =>
    insert({ current_domain_type: 'unspecified' }),
  );
  const guest = copyMetrics(
    pool,
    'VM_guest_metrics',
    textField(vm, 'guest_metrics'),
    () => NULL_REF,
  );
  return pool.database.insert('VM', {
    ...fieldsOf(vm, NOT_COPIED),
    ...snapshotFields(context, vm, order),
    name_label: order.name,
    other_config: otherConfigOf(context, vm, order.kind),
    generation_id: textField(vm, 'generation_id') === '' ? '' : pool.identifiers.generation(),
    power_state: 'Halted',
    domid: -1,
    metrics,
    guest_metrics: guest,
  });
}

/** Which state the copy of a VM is in: only its image makes it a suspended one. */
function stateOfCopy(vm: Row, kind: CopyKind): 'Halted' | 'Suspended' {
  return vm.fields.get('power_state') === 'Suspended' && kind !== 'snapshot'
    ? 'Suspended'
    : 'Halted';
}

function methodOf({ kind, repository }: CopyOrder): DiskMethod {
  if (kind === 'copy') return { kind, repository };
  return { kind: kind === 'clone' ? 'clone' : 'snapshot' };
}

/**
 * Copies a VM whose operation is held: its disks first, then its record and its devices, as XAPI does, so that a copy
 * that fails leaves nothing and one that is cut off leaves disks. Returns the new VM.
 */
export async function copyVm(context: CallContext, vm: Row, order: CopyOrder): Promise<Row> {
  const { pool } = context;
  const { database } = pool;
  const ignored = order.ignoredDisks ?? [];
  const vbds = devices(database, vm, 'VBD').filter(
    (vbd) => !isSnapshotKind(order.kind) || !ignored.includes(textField(vbd, 'VDI')),
  );
  const state = stateOfCopy(vm, order.kind);
  const method = methodOf(order);
  const copies = await copyDisks(context, vbds, method);
  let made: Row | undefined;
  try {
    const copy = copyRecord(context, vm, order);
    made = copy;
    if (isSnapshotKind(order.kind)) database.set(vm, 'parent', copy.ref);
    for (const { vbd, disk } of copies) {
      const drive = copyDrive(pool, database.get('VBD', vbd.ref), copy, disk);
      ownDisk(pool, drive);
    }
    const address = isSnapshotKind(order.kind) ? 'kept' : 'own';
    for (const vif of devices(database, vm, 'VIF')) copyCard(pool, vif, copy, address);
    const image = textField(vm, 'suspend_VDI');
    if (state === 'Suspended' && !isNullRef(image))
      database.set(copy, 'suspend_VDI', await copyDisk(context, image, method));
    database.set(copy, 'power_state', state);
    return copy;
  } catch (thrown) {
    if (made !== undefined && database.find('VM', made.ref) !== undefined) database.remove(made);
    await dropCopies(context, copies);
    throw thrown;
  }
}

/** Copies of suspended snapshots are halted: nobody could resume them. */
export function haltCopy({ pool }: CallContext, source: Row, copy: Row): void {
  if (!isTrue(source.fields.get('is_a_snapshot'))) return;
  if (copy.fields.get('power_state') === 'Halted') return;
  dropSuspendImage(pool, copy);
  endDomain(pool, copy);
}
