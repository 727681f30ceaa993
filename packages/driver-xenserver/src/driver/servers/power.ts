import { type DriverCall, DriverFailure, type ServerDesired } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import { isNullRef } from '../../datamodel/ref.js';
import { pause } from '../../pause.js';
import type { DriverContext } from '../context.js';
import { knownRef } from '../known.js';
import { resumeTask, runTask } from '../operation.js';
import type { ServerState } from './state.js';
import { hasUnseenReboot } from './unseen-reboot.js';

/** What XAPI says when a guest does not take part in its shutdown. */
const GUEST_WONT = ['VM_LACKS_FEATURE', 'VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT', 'VM_SHUTDOWN_TIMEOUT'];

/** Starts a halted server on its host. Being started meanwhile counts as success. */
export async function start(
  context: DriverContext,
  state: ServerState,
  desired: ServerDesired,
  call: DriverCall,
): Promise<TaskOutcome> {
  const { resident_on: resident, scheduled_to_be_resident_on: scheduled } = state.record;
  // Two domains on one disk would destroy it: as long as any host has or expects the VM, it is not started again.
  if (!isNullRef(resident) || !isNullRef(scheduled)) return 'pending';
  const host = await hostOf(context, desired, call);
  return unlessAlready('running', () =>
    // What a start failed of says nothing of one as something else.
    runTask(context, 'VM.start_on', [state.ref, host, false, false], call, {
      why: JSON.stringify(desired),
      beside: subjectsOf(state),
    }),
  );
}

/** The reference of the host that a server is to be on; rejects when the pool has none such. */
export async function hostOf(
  context: DriverContext,
  desired: ServerDesired,
  call: DriverCall,
): Promise<string> {
  try {
    return await knownRef(context, 'host', desired.host, () =>
      context.xapi.read('host.get_by_uuid', [desired.host], call),
    );
  } catch (error) {
    if (!isXapiError(error, 'UUID_INVALID')) throw error;
    throw new DriverFailure('rejected', 'HostUnknown', 'the pool has no such host any more', {
      remedy: 'Place the server on another host.',
    });
  }
}

/** Stops a server: the guest is asked first, and forced when it can't or when its grace is over. */
export async function stop(
  context: DriverContext,
  state: ServerState,
  call: DriverCall,
): Promise<TaskOutcome> {
  const asked = state.record.power_state === 'Running' && !isGuestAsked(state);
  const hard = (): Promise<TaskOutcome> =>
    unlessAlready('halted', () =>
      runTask(context, 'VM.hard_shutdown', [state.ref], call, { beside: subjectsOf(state) }),
    );
  if (!asked) return hard();
  return unlessAlready('halted', async () => {
    try {
      return await runTask(context, 'VM.clean_shutdown', [state.ref], call, {
        beside: subjectsOf(state),
      });
    } catch (error) {
      if (isXapiError(error, ...GUEST_WONT)) return hard();
      throw error;
    }
  });
}

/** Stops a server that is to go: its guest is not asked. */
export function halt(
  context: DriverContext,
  state: ServerState,
  call: DriverCall,
): Promise<TaskOutcome> {
  return unlessAlready('halted', () =>
    runTask(context, 'VM.hard_shutdown', [state.ref], call, { beside: subjectsOf(state) }),
  );
}

/** Reboots a server whose restart is stamped. A repetition joins the task of the first try, or waits until it is seen. */
export async function reboot(
  context: DriverContext,
  state: ServerState,
  call: DriverCall,
): Promise<TaskOutcome> {
  if (await hasUnseenReboot(context, state, call)) {
    await pause(context.clock, context.settings.patienceMs, call.signal);
    return 'pending';
  }
  if (isGuestAsked(state) || state.record.power_state !== 'Running') {
    return resumeTask(context, 'VM.hard_reboot', [state.ref], call);
  }
  try {
    return await resumeTask(context, 'VM.clean_reboot', [state.ref], call);
  } catch (error) {
    if (!isXapiError(error, ...GUEST_WONT)) throw error;
    return runTask(context, 'VM.hard_reboot', [state.ref], call);
  }
}

/** What starts and stops with a VM. */
function subjectsOf({ ref, record: { VBDs, VIFs } }: ServerState): readonly string[] {
  return [
    `VM/${ref}`,
    ...VBDs.map((device) => `VBD/${device}`),
    ...VIFs.map((device) => `VIF/${device}`),
  ];
}

/** Whether the guest was asked to shut down or reboot and has not done so yet. */
export function isGuestAsked(state: ServerState): boolean {
  return Object.values(state.operations).some(isGuestOperation);
}

/** Whether an operation of XAPI's waits for the guest to take part. */
export function isGuestOperation(operation: string): boolean {
  return operation === 'clean_shutdown' || operation === 'clean_reboot';
}

async function unlessAlready(
  goal: 'running' | 'halted',
  work: () => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  try {
    return await work();
  } catch (error) {
    if (isXapiError(error, 'VM_BAD_POWER_STATE') && error.parameters[2] === goal) return 'done';
    throw error;
  }
}
