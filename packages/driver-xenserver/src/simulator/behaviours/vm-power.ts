import { flagOf, textOf } from '../arguments.js';
import { guestTools } from '../computed.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { assertDevicesReady, bootDomain, endDomain, rebootDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { chooseHost } from '../placement.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';

/** Throws `VM_BAD_POWER_STATE` unless the VM is in one of `expected`. */
export function assertPowerState(vm: Row, ...expected: readonly string[]): void {
  const actual = textField(vm, 'power_state');
  if (expected.includes(actual)) return;
  const words = expected.map((state) => state.toLowerCase()).join(', ');
  throw new XapiFault('VM_BAD_POWER_STATE', vm.ref, words, actual.toLowerCase());
}

function assertAllowed(vm: Row, operation: string): void {
  const { [operation]: reason } = textMap(vm.fields.get('blocked_operations'));
  if (reason !== undefined) throw new XapiFault('OPERATION_BLOCKED', vm.ref, reason);
}

function assertGuest(vm: Row, operation: string): void {
  if (isTrue(vm.fields.get('is_a_template')))
    throw new XapiFault('VM_IS_TEMPLATE', vm.ref, operation);
  if (isTrue(vm.fields.get('is_a_snapshot')))
    throw new XapiFault('VM_IS_SNAPSHOT', vm.ref, operation);
  if (isTrue(vm.fields.get('is_control_domain'))) {
    throw new XapiFault(
      'OPERATION_NOT_ALLOWED',
      'This operation is not allowed on a control domain',
    );
  }
}

/** The kernels a real XAPI lets a paravirtual guest boot from (reference/xenserver.md 0.7). */
const KERNEL_FOLDERS = ['/boot/guest/', '/var/lib/xcp/guest/'];

function assertBootable(vm: Row): void {
  const direct = textField(vm, 'HVM_boot_policy') === '' && textField(vm, 'PV_bootloader') === '';
  const kernel = textField(vm, 'PV_kernel');
  if (direct && kernel !== '' && !KERNEL_FOLDERS.some((folder) => kernel.startsWith(folder))) {
    throw new XapiFault('INVALID_VALUE', 'kernel', kernel);
  }
}

async function start(
  context: CallContext,
  vm: Row,
  wanted: { readonly host?: string; readonly state: 'Running' | 'Paused' },
): Promise<''> {
  const { pool } = context;
  const name = wanted.host === undefined ? 'start' : 'start_on';
  await pool.operations.run(context, vm, {
    name,
    latencyMs: pool.settings.powerLatencyMs,
    check: () => {
      assertPowerState(vm, 'Halted');
      assertGuest(vm, name);
      assertBootable(vm);
      assertDevicesReady(pool.database, vm);
      chooseHost(pool, vm, wanted.host);
    },
    apply: () => bootDomain(pool, vm, chooseHost(pool, vm, wanted.host), wanted.state),
  });
  return '';
}

interface PowerStep {
  readonly name: string;
  readonly from: readonly string[];
  readonly cooperation: 'guest' | 'none';
  readonly apply: (context: CallContext, vm: Row) => void;
}

function power(step: PowerStep): Behaviour {
  return async (context, [ref]) => {
    const { pool } = context;
    const vm = pool.database.get('VM', textOf(ref));
    await pool.operations.run(context, vm, {
      name: step.name,
      latencyMs: pool.settings.powerLatencyMs,
      endless: step.cooperation === 'guest' && guestTools(vm) === 'deaf',
      check: () => {
        assertAllowed(vm, step.name);
        assertPowerState(vm, ...step.from);
        assertGuest(vm, step.name);
        if (step.cooperation === 'guest' && guestTools(vm) === 'none') {
          throw new XapiFault('VM_LACKS_FEATURE', vm.ref);
        }
      },
      apply: () => step.apply(context, vm),
    });
    return '';
  };
}

const halt = (context: CallContext, vm: Row): void => endDomain(context.pool.database, vm);
const reboot = (context: CallContext, vm: Row): void => rebootDomain(context.pool, vm);
const become =
  (state: string) =>
  (context: CallContext, vm: Row): void =>
    context.pool.database.set(vm, 'power_state', state);

/** Power operations of VMs, after the table of allowed states (reference/xenserver.md 4.3). */
export const VM_POWER: Behaviours = {
  'VM.start': (context, [ref, paused]) =>
    start(context, context.pool.database.get('VM', textOf(ref)), {
      state: flagOf(paused) ? 'Paused' : 'Running',
    }),
  'VM.start_on': (context, [ref, host, paused]) =>
    start(context, context.pool.database.get('VM', textOf(ref)), {
      host: textOf(host),
      state: flagOf(paused) ? 'Paused' : 'Running',
    }),
  'VM.clean_shutdown': power({
    name: 'clean_shutdown',
    from: ['Running'],
    cooperation: 'guest',
    apply: halt,
  }),
  'VM.hard_shutdown': power({
    name: 'hard_shutdown',
    from: ['Paused', 'Suspended', 'Running'],
    cooperation: 'none',
    apply: halt,
  }),
  'VM.shutdown': power({
    name: 'shutdown',
    from: ['Paused', 'Suspended', 'Running'],
    cooperation: 'none',
    apply: halt,
  }),
  'VM.clean_reboot': power({
    name: 'clean_reboot',
    from: ['Running'],
    cooperation: 'guest',
    apply: reboot,
  }),
  'VM.hard_reboot': power({
    name: 'hard_reboot',
    from: ['Paused', 'Running'],
    cooperation: 'none',
    apply: reboot,
  }),
  'VM.pause': power({
    name: 'pause',
    from: ['Running'],
    cooperation: 'none',
    apply: become('Paused'),
  }),
  'VM.unpause': power({
    name: 'unpause',
    from: ['Paused'],
    cooperation: 'none',
    apply: become('Running'),
  }),
};
