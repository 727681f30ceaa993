import type { DriverCall, ObjectKey, ServerDesired } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { runTask } from '../operation.js';
import { ID } from '../stamp.js';
import { addCd, addDisk, addNic, findDisk } from './add-device.js';
import { adopt } from './adopt.js';
import { changeDevice } from './change-device.js';
import { claim } from './claim.js';
import { migrate } from './migrate.js';
import { MIB } from './plan-size.js';
import { reboot, start, stop } from './power.js';
import { sealed, unsealed } from './reboot-seal.js';
import { refusalField, refusalText, SIZE_REFUSALS } from './refusal.js';
import { RESTART, restartStampText } from './restart-stamp.js';
import { filterSource, KEPT_TEXT, UNFILTERED } from './source-filter.js';
import { NETWORK, type ServerState, VOLUME } from './state.js';
import type { Action, Step } from './step.js';
import { withOpenDisks } from './storage-recovery.js';

/** What an action is done to and for. */
export interface Target {
  readonly key: ObjectKey;
  readonly state: ServerState;
  readonly desired: ServerDesired;
}

/** Carries out one step of a plan; each is one mutation of the pool, or one that replaces one the pool refused. */
export async function applyStep(
  context: DriverContext,
  target: Target,
  step: Step,
  call: DriverCall,
): Promise<TaskOutcome> {
  const { action } = step;
  const { key, state, desired } = target;
  const owner = { key, vm: state.ref };
  const { xapi } = context;
  const cpus = desired.cpuCount;
  switch (action.kind) {
    case 'claim':
      await claim(context, { ref: state.ref, uuid: state.record.uuid }, call);
      return 'done';
    case 'rename':
      await xapi.write('VM.set_name_label', [state.ref, desired.name], call);
      return 'done';
    case 'resizeMemory': {
      const memory = desired.ramSizeMb * MIB;
      await xapi.write('VM.set_memory_limits', [state.ref, 0, memory, memory, memory], call);
      return 'done';
    }
    case 'setCpusMax':
      await xapi.write('VM.set_VCPUs_max', [state.ref, cpus], call);
      return 'done';
    case 'setCpusAtStartup':
      await xapi.write('VM.set_VCPUs_at_startup', [state.ref, cpus], call);
      return 'done';
    case 'balloon': {
      const memory = desired.ramSizeMb * MIB;
      return unlessRefused(context, state, 'ramSizeMb', call, () =>
        xapi.write('VM.set_memory_dynamic_range', [state.ref, memory, memory], call),
      );
    }
    case 'setCpusLive':
      return unlessRefused(context, state, 'cpuCount', call, () =>
        xapi.write('VM.set_VCPUs_number_live', [state.ref, cpus], call),
      );
    case 'stampRestart':
      return stampRestart(context, target, action.domain, call);
    case 'sealReboots':
    case 'unsealReboots': {
      const { blocked_operations: blocked } = state.record;
      const next = action.kind === 'sealReboots' ? sealed(blocked) : unsealed(blocked);
      await xapi.write('VM.set_blocked_operations', [state.ref, next], call);
      return 'done';
    }
    case 'migrate':
      return migrate(context, state, desired, call);
    case 'declareOff':
      await xapi.write('VM.power_state_reset', [state.ref], call);
      return 'done';
    case 'releaseDisk':
      await xapi.write('VDI.remove_from_sm_config', [action.lock.disk, action.lock.key], call);
      return 'done';
    case 'start':
      return withOpenDisks(context, target, call, () => start(context, state, desired, call));
    case 'stop':
      return stop(context, state, call);
    case 'reboot':
      return reboot(context, state, call);
    case 'unpause':
      return runTask(context, 'VM.unpause', [state.ref], call);
    case 'resume':
      return runTask(context, 'VM.resume', [state.ref, false, false], call);
    case 'addDisk':
      await addDisk(context, owner, action.disk, call);
      return 'done';
    case 'addNic':
      await addNic(context, owner, { nic: action.nic }, call);
      return 'done';
    case 'addCd':
      await addCd(context, owner, call);
      return 'done';
    case 'insertCd':
    case 'ejectCd':
      return changeMedium(context, action, call);
    case 'allowAddress':
      await filterSource(context, action.card, call);
      return 'done';
    case 'adopt':
      await adopt(context, state, target.key, call);
      return 'done';
    case 'markDisk':
      return markDevice(context, 'VBD', action.ref, call, {
        [VOLUME]: action.disk.volume,
        [ID]: target.key.uuid,
      });
    case 'markNic':
      return markDevice(context, 'VIF', action.ref, call, {
        [UNFILTERED]: KEPT_TEXT,
        [NETWORK]: action.nic.network,
        [ID]: target.key.uuid,
      });
    case 'plug':
      return withOpenDisks(context, target, call, () => changeDevice(context, state, action, call));
    default:
      return changeDevice(context, state, action, call);
  }
}

// In this order: the last one makes it ours.
async function markDevice(
  { xapi }: DriverContext,
  device: 'VBD' | 'VIF',
  ref: string,
  call: DriverCall,
  marks: Readonly<Record<string, string>>,
): Promise<TaskOutcome> {
  for (const [name, value] of Object.entries(marks)) {
    try {
      await xapi.write(`${device}.add_to_other_config`, [ref, name, value], call);
    } catch (error) {
      if (isXapiError(error, 'MAP_DUPLICATE_KEY')) continue;
      throw error;
    }
  }
  return 'done';
}

// Notes a refusal down: the change waits for a restart from then on.
async function unlessRefused(
  { xapi, clock }: DriverContext,
  { ref, record }: ServerState,
  field: string,
  call: DriverCall,
  change: () => Promise<unknown>,
): Promise<TaskOutcome> {
  try {
    await change();
  } catch (error) {
    if (!isXapiError(error, ...SIZE_REFUSALS)) throw error;
    const text = refusalText({ domain: record.domid, at: clock.now(), code: error.code });
    await xapi.write('VM.remove_from_other_config', [ref, refusalField(field)], call);
    await xapi.write('VM.add_to_other_config', [ref, refusalField(field), text], call);
  }
  return 'done';
}

async function stampRestart(
  { xapi }: DriverContext,
  { state, desired }: Target,
  domain: number,
  call: DriverCall,
): Promise<TaskOutcome> {
  const text = restartStampText({ count: desired.restarts, domain });
  // A key can't be overwritten. A crash in between loses the old stamp, which only means to stamp again: the reboot
  // comes after the stamp.
  await xapi.write('VM.remove_from_other_config', [state.ref, RESTART], call);
  await xapi.write('VM.add_to_other_config', [state.ref, RESTART, text], call);
  return 'done';
}

async function changeMedium(
  context: DriverContext,
  action: Extract<Action, { readonly kind: 'insertCd' | 'ejectCd' }>,
  call: DriverCall,
): Promise<TaskOutcome> {
  const { ref } = action;
  try {
    if (action.kind === 'ejectCd') return await runTask(context, 'VBD.eject', [ref], call);
    const vdi = await findDisk(context, action.disk, call);
    return await runTask(context, 'VBD.insert', [ref, vdi], call);
  } catch (error) {
    const code = action.kind === 'ejectCd' ? 'VBD_IS_EMPTY' : 'VBD_NOT_EMPTY';
    // By an earlier try whose reply was lost; what is in it now, the next look tells.
    if (isXapiError(error, code)) return 'done';
    throw error;
  }
}
