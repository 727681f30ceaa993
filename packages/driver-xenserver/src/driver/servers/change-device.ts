import type { DriverCall } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { runTask } from '../operation.js';
import { DEVICE_REFUSALS, refusalField, refusalText } from './refusal.js';
import type { ServerState } from './state.js';
import type { Action } from './step.js';

interface Device {
  readonly device: 'VBD' | 'VIF';
  readonly ref: string;
}

type DeviceAction = Extract<
  Action,
  { readonly kind: 'plug' | 'unplug' | 'remove' | 'allowUnplug' }
>;

/** Plugs a device in or out, or takes away one that is not plugged in. */
export async function changeDevice(
  context: DriverContext,
  state: ServerState,
  action: DeviceAction,
  call: DriverCall,
): Promise<TaskOutcome> {
  const { xapi } = context;
  switch (action.kind) {
    case 'allowUnplug':
      await xapi.write('VBD.set_unpluggable', [action.ref, true], call);
      return 'done';
    case 'remove':
      return remove(context, state, action, call);
    case 'plug':
    case 'unplug':
      return plug(context, state, action.kind, action, call);
  }
}

async function remove(
  { xapi }: DriverContext,
  state: ServerState,
  { device, ref }: Device,
  call: DriverCall,
): Promise<TaskOutcome> {
  // The rows of devices follow the power state: a VM is halted before they are free (reference/xenserver.md 2.5).
  if (isAttached(state, ref)) return 'pending';
  try {
    await xapi.write(`${device}.destroy`, [ref], call);
  } catch (error) {
    if (!isXapiError(error, 'HANDLE_INVALID')) throw error;
  }
  return 'done';
}

async function plug(
  context: DriverContext,
  state: ServerState,
  kind: 'plug' | 'unplug',
  { device, ref }: Device,
  call: DriverCall,
): Promise<TaskOutcome> {
  const done =
    kind === 'plug' ? ['DEVICE_ALREADY_ATTACHED'] : ['DEVICE_ALREADY_DETACHED', 'HANDLE_INVALID'];
  try {
    return await runTask(context, `${device}.${kind}`, [ref], call);
  } catch (error) {
    if (isXapiError(error, ...done)) return 'done';
    if (!isXapiError(error, ...DEVICE_REFUSALS)) throw error;
    const { xapi, clock } = context;
    const field = refusalField('plugging');
    const domain = state.record.domid;
    const text = refusalText({ domain, at: clock.now(), code: error.code });
    await xapi.write(`${device}.remove_from_other_config`, [ref, field], call);
    await xapi.write(`${device}.add_to_other_config`, [ref, field, text], call);
    return 'done';
  }
}

/** Whether a device of ours is still plugged into a VM. */
function isAttached({ disks, nics }: ServerState, ref: string): boolean {
  return [...disks, ...nics].some((device) => device.ref === ref && device.attached);
}
