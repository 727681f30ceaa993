import { isAtLeast } from '../../datamodel/releases.js';
import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { endDomain, rebootDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { isLive } from '../placement.js';
import { numberField, textField } from '../record.js';
import { isTrue } from '../values.js';
import { boot } from '../vm/boot.js';
import { guestTools } from '../vm/guest.js';
import { dropSuspendImage, makeSuspendImage, suspendRepository } from '../vm/suspend-image.js';
import {
  assertReachable,
  spendOn,
  withDevicesMarked,
  withVmOperation,
} from '../vm/vm-operation.js';

/** One step that a VM's host takes, as the row says then. */
type Step = (context: CallContext, vm: Row, signal: AbortSignal) => Promise<void>;

function hostOf({ pool }: CallContext, vm: Row): Row | undefined {
  return pool.database.find('host', textField(vm, 'resident_on'));
}

async function spend(context: CallContext, vm: Row, signal: AbortSignal): Promise<void> {
  assertReachable(context, vm);
  await spendOn(context, hostOf(context, vm), context.pool.settings.powerLatencyMs, signal);
}

/** How long a guest may take over a shutdown: 20 minutes, until 6.1 twelve (reference/xenserver.md 2.7). */
function shutdownSeconds({ pool }: CallContext): number {
  return isAtLeast(pool.release, 'clearwater') ? 1200 : 720;
}

/** Asks the guest to end, in `seconds`. A deaf one lets them pass, one without tools does not even say that it heard. */
async function askGuest(
  context: CallContext,
  vm: Row,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  assertReachable(context, vm);
  const tools = guestTools(vm);
  if (tools !== 'deaf') await spend(context, vm, signal);
  if (tools === 'none') throw new XapiFault('VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT', vm.ref);
  if (tools === 'present') return;
  await spendOn(context, hostOf(context, vm), seconds * 1000, signal);
  throw new XapiFault('VM_SHUTDOWN_TIMEOUT', vm.ref, `${seconds}.`);
}

const cleanShutdown: Step = async (context, vm, signal) => {
  context.pool.database.set(vm, 'ha_always_run', false);
  await askGuest(context, vm, shutdownSeconds(context), signal);
  endDomain(context.pool, vm);
};

const hardShutdown: Step = async (context, vm, signal) => {
  context.pool.database.set(vm, 'ha_always_run', false);
  switch (vm.fields.get('power_state')) {
    case 'Suspended':
      dropSuspendImage(context.pool, vm);
      return endDomain(context.pool, vm);
    case 'Halted':
      return;
    default:
      await spend(context, vm, signal);
      return endDomain(context.pool, vm);
  }
};

const shutdown: Step = async (context, vm, signal) => {
  const running = vm.fields.get('power_state') === 'Running';
  if (running && guestTools(vm) === 'present') return cleanShutdown(context, vm, signal);
  if (running && guestTools(vm) === 'deaf') {
    const own = numberField(vm, 'shutdown_delay');
    const seconds = own > 0 ? own : shutdownSeconds(context);
    await spendOn(context, hostOf(context, vm), seconds * 1000, signal);
  }
  return hardShutdown(context, vm, signal);
};

const cleanReboot: Step = async (context, vm, signal) => {
  await askGuest(context, vm, shutdownSeconds(context), signal);
  rebootDomain(context.pool, vm);
};

const hardReboot: Step = async (context, vm, signal) => {
  // What it cancelled may have ended the VM meanwhile.
  if (vm.fields.get('power_state') === 'Halted')
    return boot(context, vm, { host: undefined, state: 'Running' }, signal);
  await spend(context, vm, signal);
  rebootDomain(context.pool, vm);
};

const become =
  (state: 'Paused' | 'Running'): Step =>
  async (context, vm, signal) => {
    await spend(context, vm, signal);
    context.pool.database.set(vm, 'power_state', state);
  };

/** Suspends a running VM whose operation is held. */
export const suspend: Step = async (context, vm, signal) => {
  context.pool.database.set(vm, 'ha_always_run', false);
  assertReachable(context, vm);
  const repository = suspendRepository(context.pool, vm);
  await spend(context, vm, signal);
  makeSuspendImage(context.pool, vm, repository);
  endDomain(context.pool, vm, 'Suspended');
};

const NOTHING: ReadonlySet<string> = new Set();
const WHAT_SHUTDOWN_CANCELS: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'clean_reboot',
  'hard_reboot',
  'pool_migrate',
  'call_plugin',
  'shutdown',
  'suspend',
]);
const WHAT_REBOOT_CANCELS: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'clean_reboot',
  'pool_migrate',
  'call_plugin',
  'suspend',
]);

interface PowerCall {
  readonly name: string;
  readonly step: Step;
  /** A reboot keeps the devices to itself while they are off. */
  readonly devices?: 'marked';
  readonly cancels?: ReadonlySet<string>;
}

function power({ name, step, devices, cancels = NOTHING }: PowerCall): Behaviour {
  return async (context, [ref]) => {
    const { pool } = context;
    const vm = pool.database.get('VM', textOf(ref));
    await withVmOperation(context, vm, name, async (signal) => {
      await pool.operations.cancel(context, vm, cancels);
      if (devices !== 'marked') return step(context, vm, signal);
      return withDevicesMarked(context, vm, (inner) =>
        step(context, vm, AbortSignal.any([signal, inner])),
      );
    });
    return '';
  };
}

/** The state of a VM whose host is dead, by an operator who knows that it is (reference/xenserver.md 2.7). */
function resetPowerState({ pool }: CallContext, vm: Row): '' {
  const { database } = pool;
  if (isTrue(vm.fields.get('is_control_domain')))
    throw new XapiFault('CANNOT_RESET_CONTROL_DOMAIN', vm.ref);
  const state = vm.fields.get('power_state');
  const host = database.find('host', textField(vm, 'resident_on'));
  if (host !== undefined && (state === 'Running' || state === 'Paused')) {
    if (host.ref === pool.master.ref) throw new XapiFault('DOMAIN_EXISTS', vm.ref);
    if (isLive(database, host)) throw new XapiFault('HOST_IS_LIVE', host.ref);
  }
  database.set(vm, 'current_operations', {});
  endDomain(pool, vm);
  return '';
}

/** Power operations of VMs, after the table of allowed states (reference/xenserver.md 4.3). */
export const VM_POWER: Behaviours = {
  'VM.clean_shutdown': power({ name: 'clean_shutdown', step: cleanShutdown }),
  'VM.hard_shutdown': power({
    name: 'hard_shutdown',
    step: hardShutdown,
    cancels: WHAT_SHUTDOWN_CANCELS,
  }),
  'VM.shutdown': power({ name: 'shutdown', step: shutdown }),
  'VM.clean_reboot': power({ name: 'clean_reboot', step: cleanReboot, devices: 'marked' }),
  'VM.hard_reboot': power({
    name: 'hard_reboot',
    step: hardReboot,
    devices: 'marked',
    cancels: WHAT_REBOOT_CANCELS,
  }),
  'VM.pause': power({ name: 'pause', step: become('Paused') }),
  'VM.unpause': power({ name: 'unpause', step: become('Running') }),
  'VM.suspend': power({ name: 'suspend', step: suspend }),
  'VM.power_state_reset': ({ pool, ...context }, [ref]) =>
    resetPowerState({ pool, ...context }, pool.database.get('VM', textOf(ref))),
};
