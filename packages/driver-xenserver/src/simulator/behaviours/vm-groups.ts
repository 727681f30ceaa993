import { integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { numberField, textField } from '../record.js';
import { storedValue, textMap } from '../values.js';
import { classNamed } from './class-named.js';
import { VM_POWER } from './vm-power.js';
import { VM_START } from './vm-start.js';

/** What an appliance does to its VMs. */
interface Order {
  readonly name: string;
  readonly operation: 'start' | 'clean_shutdown' | 'hard_shutdown' | 'shutdown';
  readonly state: (paused: boolean) => string;
  /** VMs of a low order start first and stop last. */
  readonly direction: 1 | -1;
}

function vmsOf({ pool }: CallContext, appliance: Row): readonly Row[] {
  return [...(appliance.links.get('VMs') ?? [])].map((ref) => pool.database.get('VM', ref));
}

function carryOut(context: CallContext, { operation }: Order, vm: Row, paused: boolean) {
  const { pool } = context;
  // Each of its VMs is worked on by a task of its own.
  const own = { ...context, task: `DummyRef:|${pool.identifiers.uuid()}|VM.${operation}` };
  return operation === 'start'
    ? VM_START['VM.start']?.(own, [vm.ref, paused, false])
    : VM_POWER[`VM.${operation}`]?.(own, [vm.ref]);
}

function appliance(order: Order): Behaviour {
  return async (context, [ref, paused]) => {
    const { pool } = context;
    const row = pool.database.get('VM_appliance', textOf(ref));
    const admit = (): void => {
      if (vmsOf(context, row).length > 0) return;
      throw new XapiFault('OPERATION_NOT_ALLOWED', 'Appliance has no VMs.');
    };
    const wanted = order.state(paused === true);
    await pool.operations.hold(context, row, { name: order.operation, admit }, async () => {
      const targets = vmsOf(context, row).filter((vm) => textField(vm, 'power_state') !== wanted);
      const places = [...new Set(targets.map((vm) => numberField(vm, 'order')))];
      for (const place of places.sort((one, other) => (one - other) * order.direction)) {
        const together = targets.filter((vm) => numberField(vm, 'order') === place);
        await Promise.allSettled(
          together.map(async (vm) => carryOut(context, order, vm, paused === true)),
        );
      }
      const failed = targets.filter((vm) => textField(vm, 'power_state') !== wanted);
      if (failed.length === 0) return;
      const refs = failed.map((vm) => vm.ref);
      throw new XapiFault('OPERATION_PARTIALLY_FAILED', `VM_appliance.${order.name}`, ...refs);
    });
    return '';
  };
}

const halts = (name: 'clean_shutdown' | 'hard_shutdown' | 'shutdown'): Behaviour =>
  appliance({ name, operation: name, state: () => 'Halted', direction: -1 });

/** What a schedule may say: what each key takes, and what it is when it is left out. */
interface Key {
  readonly takes: RegExp;
  readonly usual: string;
}

const DAY = '(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const KEYS: Readonly<Record<string, Key>> = {
  min: { takes: /^(0|15|30|45)$/, usual: '0' },
  hour: { takes: /^([0-9]|1\d|2[0-3])$/, usual: '0' },
  days: { takes: new RegExp(`^${DAY}(,${DAY})*$`, 'i'), usual: 'Monday' },
};
const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  hourly: ['min'],
  daily: ['hour', 'min'],
  weekly: ['hour', 'min', 'days'],
};
const EVERY_KEY = Object.keys(KEYS);

function assertKeys(schedule: Readonly<Record<string, string>>, allowed: readonly string[]): void {
  for (const [key, value] of Object.entries(schedule)) {
    if (allowed.includes(key) && KEYS[key]?.takes.test(value) === true) continue;
    throw new XapiFault('INVALID_VALUE', `schedule:${key}`, value);
  }
}

/** A schedule as a frequency has it: its keys and no others. */
function complete(
  schedule: Readonly<Record<string, string>>,
  frequency: string,
): Readonly<Record<string, string>> {
  const keys = KEYS_OF[frequency] ?? [];
  return Object.fromEntries(keys.map((key) => [key, schedule[key] ?? KEYS[key]?.usual ?? '']));
}

const MOST_SNAPSHOTS = 10;

function assertRetained(count: number): void {
  if (count >= 1 && count <= MOST_SNAPSHOTS) return;
  throw new XapiFault('INVALID_VALUE', 'retained_snapshots', String(count));
}

const ofSchedule =
  (act: (context: CallContext, vmss: Row, value: Parameters<Behaviour>[1]) => void): Behaviour =>
  (context, [ref, ...values]) => {
    act(context, context.pool.database.get('VMSS', textOf(ref)), values);
    return '';
  };

/** VMs that are started together, and snapshots by the clock; the clock's own part is not simulated. */
export const VM_GROUPS: Behaviours = {
  'VM_appliance.start': appliance({
    name: 'start',
    operation: 'start',
    state: (paused) => (paused ? 'Paused' : 'Running'),
    direction: 1,
  }),
  'VM_appliance.clean_shutdown': halts('clean_shutdown'),
  'VM_appliance.hard_shutdown': halts('hard_shutdown'),
  'VM_appliance.shutdown': halts('shutdown'),
  'VMSS.create': ({ pool }, [record]) => {
    const fields = structOf(record);
    const frequency = textOf(fields['frequency']);
    const schedule = textMap(fields['schedule']);
    assertKeys(schedule, KEYS_OF[frequency] ?? []);
    assertRetained(integerOf(fields['retained_snapshots']));
    const own = { ...fields, schedule: complete(schedule, frequency) };
    return pool.database.insert('VMSS', own).ref;
  },
  'VMSS.destroy': ofSchedule(({ pool: { database } }, vmss) => {
    if ((vmss.links.get('VMs')?.size ?? 0) > 0) throw new XapiFault('VMSS_HAS_VM');
    for (const message of database.rows('message')) {
      if (message.fields.get('obj_uuid') === vmss.fields.get('uuid')) database.remove(message);
    }
    database.remove(vmss);
  }),
  'VMSS.snapshot_now': ({ pool }, [ref]) => {
    pool.database.get('VMSS', textOf(ref));
    throw new XapiFault('XENAPI_MISSING_PLUGIN', 'vmss');
  },
  'VMSS.set_frequency': ofSchedule(({ pool }, vmss, [value]) => {
    const type = classNamed(pool, 'VMSS').fields.get('frequency')?.type ?? { kind: 'string' };
    const frequency = textOf(storedValue(type, value));
    pool.database.set(vmss, 'frequency', frequency);
    const schedule = complete(textMap(vmss.fields.get('schedule')), frequency);
    pool.database.set(vmss, 'schedule', schedule);
  }),
  'VMSS.set_schedule': ofSchedule(({ pool }, vmss, [value]) => {
    assertKeys(textMap(value), EVERY_KEY);
    pool.database.set(vmss, 'schedule', structOf(value));
  }),
  'VMSS.add_to_schedule': ofSchedule(({ pool }, vmss, [key, value]) => {
    assertKeys({ [textOf(key)]: textOf(value) }, EVERY_KEY);
    const schedule = textMap(vmss.fields.get('schedule'));
    pool.database.set(vmss, 'schedule', { ...schedule, [textOf(key)]: textOf(value) });
  }),
  'VMSS.set_retained_snapshots': ofSchedule(({ pool }, vmss, [value]) => {
    assertRetained(integerOf(value));
    pool.database.set(vmss, 'retained_snapshots', integerOf(value));
  }),
};
