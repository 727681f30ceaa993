import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { devices, endDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { copyCard, copyDrive, copyMetrics } from '../vm/device-copies.js';
import { type CopiedDrive, copyDisk, copyDisks, dropDisk } from '../vm/disk-copies.js';
import { rememberedFields, rememberedUuid } from '../vm/memento.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { VM_POWER } from './vm-power.js';

/** A snapshot's VM that is gone comes back under its own uuid, and the other snapshots with it. */
function recreate({ pool }: CallContext, snapshot: Row): Row {
  const { database } = pool;
  const gone = textField(snapshot, 'snapshot_of');
  const uuid = rememberedUuid(snapshot);
  if (uuid === undefined || isNullRef(gone))
    throw new XapiFault('VM_REVERT_FAILED', snapshot.ref, gone);
  const metrics = database.insert('VM_metrics', { current_domain_type: 'unspecified' });
  const vm = database.insert('VM', {
    ...rememberedFields(snapshot),
    uuid,
    power_state: 'Halted',
    domid: -1,
    metrics: metrics.ref,
  });
  for (const other of database.rows('VM')) {
    if (textField(other, 'snapshot_of') === gone) database.set(other, 'snapshot_of', vm.ref);
  }
  return vm;
}

/** Snapshots of the disk that `snapshot` was taken of are from now on snapshots of the disk that took its place. */
function relink(database: Database, { vbd, disk }: CopiedDrive): void {
  const snapshot = database.find('VDI', textField(vbd, 'VDI'));
  const origin = snapshot === undefined ? NULL_REF : textField(snapshot, 'snapshot_of');
  if (isNullRef(origin)) return;
  for (const other of database.rows('VDI')) {
    if (textField(other, 'snapshot_of') === origin) database.set(other, 'snapshot_of', disk);
  }
}

/** Removes what a VM has and its snapshot does not bring back: drives, disks that the snapshot holds, its image. */
async function clear(context: CallContext, vm: Row, snapshot: Row): Promise<void> {
  const { database } = context.pool;
  const held = new Set(
    devices(database, snapshot, 'VBD').map((vbd) =>
      textField(database.find('VDI', textField(vbd, 'VDI')) ?? vbd, 'snapshot_of'),
    ),
  );
  const drives = devices(database, vm, 'VBD');
  const disks = drives
    .filter((vbd) => textField(vbd, 'type') === 'Disk')
    .map((vbd) => textField(vbd, 'VDI'))
    .filter((disk) => held.has(disk));
  for (const vbd of drives) database.remove(vbd);
  for (const disk of [...disks, textField(vm, 'suspend_VDI')]) {
    if (database.find('VDI', disk) !== undefined) await dropDisk(context, disk);
  }
}

function replaceCards(context: CallContext, vm: Row, snapshot: Row): void {
  const { pool } = context;
  for (const vif of devices(pool.database, vm, 'VIF')) pool.database.remove(vif);
  for (const vif of devices(pool.database, snapshot, 'VIF')) copyCard(pool, vif, vm, 'kept');
}

function replaceGuest({ pool }: CallContext, vm: Row, snapshot: Row): void {
  const { database } = pool;
  const before = database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  if (before !== undefined) database.remove(before);
  const source = textField(snapshot, 'guest_metrics');
  const copy = copyMetrics(pool, 'VM_guest_metrics', source, () => NULL_REF);
  database.set(vm, 'guest_metrics', copy);
}

async function restore(context: CallContext, vm: Row, snapshot: Row): Promise<void> {
  const { pool } = context;
  const { database } = pool;
  for (const [name, value] of Object.entries(rememberedFields(snapshot))) {
    if (vm.fields.has(name)) database.set(vm, name, value);
  }
  if (textField(vm, 'generation_id') !== '')
    database.set(vm, 'generation_id', pool.identifiers.generation());
  await clear(context, vm, snapshot);
  const copies = await copyDisks(context, devices(database, snapshot, 'VBD'), { kind: 'clone' });
  for (const copy of copies) {
    if (copy.made) relink(database, copy);
  }
  const image = textField(snapshot, 'suspend_VDI');
  const memory = isNullRef(image) ? NULL_REF : await copyDisk(context, image, { kind: 'clone' });
  for (const { vbd, disk } of copies) copyDrive(pool, vbd, vm, disk);
  database.set(vm, 'suspend_VDI', memory);
  replaceCards(context, vm, snapshot);
  replaceGuest(context, vm, snapshot);
  database.set(vm, 'parent', snapshot.ref);
  const state = snapshot.fields.get('power_state') === 'Suspended' ? 'Suspended' : 'Halted';
  endDomain(pool, vm, state);
}

/** These faults of storage say by themselves what is wrong. */
const PLAIN_FAULTS = new Set([
  'SR_BACKEND_FAILURE_44',
  'SR_BACKEND_FAILURE_109',
  'VDI_INCOMPATIBLE_TYPE',
]);

async function revert(context: CallContext, snapshot: Row): Promise<''> {
  const { pool } = context;
  const origin = pool.database.find('VM', textField(snapshot, 'snapshot_of'));
  const vm = origin ?? recreate(context, snapshot);
  await withVmOperation(context, snapshot, 'revert', () =>
    withVmOperation(context, vm, 'reverting', async () => {
      if (vm.fields.get('power_state') !== 'Halted') {
        const task = pool.identifiers.ref();
        await VM_POWER['VM.hard_shutdown']?.({ ...context, task }, [vm.ref]);
      }
      try {
        await restore(context, vm, snapshot);
      } catch (thrown) {
        endDomain(pool, vm);
        if (thrown instanceof XapiFault && PLAIN_FAULTS.has(thrown.code)) throw thrown;
        throw new XapiFault('VM_REVERT_FAILED', snapshot.ref, vm.ref);
      }
    }),
  );
  return '';
}

/** Back to a snapshot. */
export const VM_REVERT: Behaviours = {
  'VM.revert': (context, [ref]) => revert(context, context.pool.database.get('VM', textOf(ref))),
};
