import type { Json } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import { asText, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import { deviceName, isDeviceName, isEmulated, sameDevice } from '../device-number.js';
import { assertNotOpenElsewhere } from '../disk-locks.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { textField } from '../record.js';
import { mediumOf, vbdFactsOf, virtualisationOf } from '../rules/device-facts-of.js';
import type { RunningOperation } from '../rules/rule-table.js';
import { type VbdOperation, vbdFault } from '../rules/vbd-rules.js';
import { isTrue, storedValue } from '../values.js';
import { assertPowerState } from '../vm/assert-power-state.js';
import { classNamed } from './class-named.js';

/** Numbers of drives that XAPI offers: the host's own domain and emulated guests have 255. */
const MOST_DRIVES = 255;
const HOLDS_DATA: ReadonlySet<string> = new Set([
  'system',
  'user',
  'ephemeral',
  'suspend',
  'crashdump',
  'metadata',
]);

function ownerOf(database: Database, vbd: Row): Row {
  return database.get('VM', textField(vbd, 'VM'));
}

function drivesOf(database: Database, vm: Row): readonly Row[] {
  return [...(vm.links.get('VBDs') ?? [])].map((ref) => database.get('VBD', ref));
}

/** The numbers at which a VM has no drive yet, lowest first. */
export function freeDriveNumbers(database: Database, vm: Row): readonly string[] {
  const taken = drivesOf(database, vm).map((row) => textField(row, 'userdevice'));
  return Array.from({ length: MOST_DRIVES }, (_, number) => String(number)).filter(
    (number) => !taken.some((device) => sameDevice(device, number)),
  );
}

function without(operations: readonly RunningOperation[], task: string): RunningOperation[] {
  return operations.filter((running) => running.task !== task);
}

/** Throws what speaks against `operation`; what the call itself has marked does not count. */
function assertAllowed({ pool, task }: CallContext, vbd: Row, operation: VbdOperation): void {
  const facts = vbdFactsOf(pool.database, vbd);
  const { medium } = facts;
  const fault = vbdFault(operation, {
    ...facts,
    operations: without(facts.operations, task),
    medium: medium && { ...medium, operations: without(medium.operations, task) },
  });
  if (fault !== undefined) throw fault;
}

/** Throws unless a fully virtualised guest's emulator can show the disk: it knows none that are read-only. */
export function assertEmulatorCan(database: Database, vbd: Row): void {
  const vm = ownerOf(database, vbd);
  const readOnlyDisk = textField(vbd, 'type') === 'Disk' && textField(vbd, 'mode') === 'RO';
  const emulated = virtualisationOf(vm) === 'hvm' && isEmulated(textField(vbd, 'userdevice'));
  if (readOnlyDisk && emulated) throw new XapiFault('DISK_VBD_MUST_BE_READWRITE_FOR_HVM', vbd.ref);
}

function assertMedium(database: Database, fields: Readonly<Record<string, Json>>): void {
  const empty = isTrue(fields['empty']);
  const disk = empty ? undefined : database.get('VDI', asText(fields['VDI']));
  const type = disk === undefined ? '' : textField(disk, 'type');
  if (disk !== undefined && !HOLDS_DATA.has(type)) {
    throw new XapiFault('VDI_INCOMPATIBLE_TYPE', disk.ref, type);
  }
  if (fields['type'] === 'CD' && fields['mode'] !== 'RO')
    throw new XapiFault('VBD_CDS_MUST_BE_READONLY');
  if (fields['type'] !== 'CD' && empty)
    throw new XapiFault('VBD_NOT_REMOVABLE_MEDIA', 'in constructor');
  if (fields['mode'] === 'RW' && isTrue(disk?.fields.get('read_only'))) {
    throw new XapiFault('VDI_READONLY', disk?.ref ?? NULL_REF);
  }
}

function deviceFor(database: Database, vm: Row, wanted: string, type: string): string {
  const [lowest] = wanted === 'autodetect' ? freeDriveNumbers(database, vm) : [wanted];
  if (!isDeviceName(wanted, type) || lowest === undefined)
    throw new XapiFault('INVALID_DEVICE', wanted);
  const clash = drivesOf(database, vm).some((row) =>
    sameDevice(textField(row, 'userdevice'), lowest),
  );
  if (clash) throw new XapiFault('DEVICE_ALREADY_EXISTS', lowest);
  return lowest;
}

function create({ pool }: CallContext, record: Json | undefined): string {
  const { database } = pool;
  const fields = constructorFields(classNamed(pool, 'VBD'), record);
  assertMedium(database, fields);
  const vm = database.get('VM', asText(fields['VM']));
  const moving = Object.values(vm.fields.get('current_operations') ?? {}).find(
    (operation) => operation === 'migrate_send' || operation === 'pool_migrate',
  );
  if (typeof moving === 'string')
    throw new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VM', vm.ref, moving);
  const userdevice = deviceFor(database, vm, asText(fields['userdevice']), asText(fields['type']));
  const suspended = textField(vm, 'power_state') === 'Suspended';
  return database.insert('VBD', {
    ...fields,
    userdevice,
    device: suspended ? (fields['device'] ?? '') : '',
    currently_attached: suspended && isTrue(fields['currently_attached']),
    metrics: database.insert('VBD_metrics', {}).ref,
  }).ref;
}

function plug(context: CallContext, vbd: Row): Promise<void> {
  const { database, operations, settings } = context.pool;
  return operations.run(context, vbd, {
    name: 'plug',
    latencyMs: settings.deviceLatencyMs,
    check: () => {
      assertAllowed(context, vbd, 'plug');
      assertEmulatorCan(database, vbd);
      const disk = database.find('VDI', textField(vbd, 'VDI'));
      const host = textField(ownerOf(database, vbd), 'resident_on');
      if (disk !== undefined) assertNotOpenElsewhere(disk, host);
    },
    apply: () => {
      database.set(vbd, 'device', deviceName(textField(vbd, 'userdevice')));
      database.set(vbd, 'currently_attached', true);
    },
  });
}

function unplug(name: 'unplug' | 'unplug_force') {
  return (context: CallContext, vbd: Row): Promise<void> =>
    context.pool.operations.run(context, vbd, {
      name,
      latencyMs: context.pool.settings.deviceLatencyMs,
      check: () => assertAllowed(context, vbd, name),
      apply: () => context.pool.database.set(vbd, 'currently_attached', false),
    });
}

async function insert(context: CallContext, vbd: Row, medium: string): Promise<void> {
  const { database, operations, settings } = context.pool;
  const running = textField(ownerOf(database, vbd), 'power_state') === 'Running';
  await operations.run(context, vbd, {
    name: 'insert',
    latencyMs: running ? settings.deviceLatencyMs : 0,
    check: () => {
      assertAllowed(context, vbd, 'insert');
      const disk = database.get('VDI', medium);
      const facts = { ...vbdFactsOf(database, vbd), empty: false };
      const fault = vbdFault('attach', {
        ...facts,
        operations: [],
        medium: mediumOf(database, vbd, disk),
      });
      if (fault !== undefined) throw fault;
    },
    apply: () => {
      database.set(vbd, 'VDI', medium);
      database.set(vbd, 'empty', false);
    },
  });
}

async function eject(context: CallContext, vbd: Row): Promise<void> {
  const { database, operations, settings } = context.pool;
  const vm = ownerOf(database, vbd);
  const running = textField(vm, 'power_state') === 'Running';
  await operations.run(context, vbd, {
    name: 'eject',
    latencyMs: running ? settings.deviceLatencyMs : 0,
    check: () => assertAllowed(context, vbd, 'eject'),
    apply: () => {
      // The hypervisor of the fresh host of the recordings does not empty the drives of emulated guests.
      if (settings.fixture !== undefined && running && virtualisationOf(vm) === 'hvm') {
        throw new XapiFault(
          'INTERNAL_ERROR',
          `vbd_eject_hvm: The VBD ${vbd.ref} has not been emptied`,
        );
      }
      database.set(vbd, 'VDI', NULL_REF);
      database.set(vbd, 'empty', true);
    },
  });
}

function destroy({ pool }: CallContext, vbd: Row): void {
  if (isTrue(vbd.fields.get('currently_attached'))) {
    const owner = pool.database.find('VM', textField(vbd, 'VM'));
    const vm = owner === undefined ? '' : textField(owner, 'uuid');
    throw new XapiFault(
      'OPERATION_NOT_ALLOWED',
      `VBD '${textField(vbd, 'uuid')}' still attached to '${vm}'`,
    );
  }
  const metrics = pool.database.find('VBD_metrics', textField(vbd, 'metrics'));
  if (metrics !== undefined) pool.database.remove(metrics);
  pool.database.remove(vbd);
}

function setMode({ pool }: CallContext, vbd: Row, value: Json | undefined): void {
  const field = classNamed(pool, 'VBD').fields.get('mode');
  const mode = storedValue(field?.type ?? { kind: 'string' }, value);
  assertPowerState(ownerOf(pool.database, vbd), 'Halted');
  pool.database.set(vbd, 'mode', mode);
}

function ofVbd(
  act: (context: CallContext, vbd: Row, argument: Json | undefined) => void | Promise<void>,
): Behaviour {
  return async (context, [ref, argument]) => {
    await act(context, context.pool.database.get('VBD', textOf(ref)), argument);
    return '';
  };
}

/** Drives of VMs: disks and CDs. */
export const VBDS: Behaviours = {
  'VBD.create': (context, [record]) => create(context, record),
  'VBD.plug': ofVbd(plug),
  'VBD.unplug': ofVbd(unplug('unplug')),
  'VBD.unplug_force': ofVbd(unplug('unplug_force')),
  'VBD.insert': ofVbd((context, vbd, medium) => insert(context, vbd, textOf(medium))),
  'VBD.eject': ofVbd(eject),
  'VBD.destroy': ofVbd(destroy),
  'VBD.set_mode': ofVbd(setMode),
  'VBD.assert_attachable': ofVbd((context, vbd) => assertAllowed(context, vbd, 'attach')),
  'VM.get_allowed_VBD_devices': ({ pool }, [ref]) => [
    ...freeDriveNumbers(pool.database, pool.database.get('VM', textOf(ref))),
  ],
};
