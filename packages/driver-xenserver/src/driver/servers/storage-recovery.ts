import type { DriverCall, ServerDesired } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { findRepository } from '../disks/repository.js';
import { orGone } from '../ours.js';
import { readAbandonedLocks } from './disk-locks.js';
import { hostOf } from './power.js';
import type { ServerState } from './state.js';

/** A disk that SM takes for open somewhere. */
const NOT_DETACHED = 'SR_BACKEND_FAILURE_46';
/** The repository is not there where the disk is needed. */
const NOT_PLUGGED = [
  'SR_BACKEND_FAILURE_47',
  'SR_HAS_NO_PBDS',
  'SR_NOT_ATTACHED',
  'VM_REQUIRES_SR',
] as const;

/**
 * Does what opens a server's disks. Where the storage refuses that for a reason that the pool itself shows to be over,
 * or that can be mended, the mending takes its place, and it is tried again with the next look, not in a minute.
 */
export async function withOpenDisks(
  context: DriverContext,
  target: { readonly state: ServerState; readonly desired: ServerDesired },
  call: DriverCall,
  open: () => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  try {
    return await open();
  } catch (error) {
    const mended =
      (isXapiError(error, NOT_DETACHED) && (await takeOffLocks(context, target, call))) ||
      (isXapiError(error, ...NOT_PLUGGED) && (await plugRepository(context, target, call)));
    if (!mended) throw error;
    return 'pending';
  }
}

// reference/xenserver.md 3.5: only what is open nowhere.
async function takeOffLocks(
  context: DriverContext,
  { state, desired }: { readonly state: ServerState; readonly desired: ServerDesired },
  call: DriverCall,
): Promise<boolean> {
  const locks = await readAbandonedLocks(context, state.disks, desired, call);
  for (const { disk, key } of locks)
    await context.xapi.write('VDI.remove_from_sm_config', [disk, key], call);
  return locks.length > 0;
}

// A repository that the driver was not told of is its operator’s.
async function plugRepository(
  context: DriverContext,
  { desired }: { readonly desired: ServerDesired },
  call: DriverCall,
): Promise<boolean> {
  const { settings, xapi } = context;
  if (settings.storageRepository === undefined) return false;
  const [repository, host, pbds] = [
    await findRepository(context, call),
    await hostOf(context, desired, call),
    await xapi.read('PBD.get_all_records', [], call),
  ];
  const unplugged = Object.entries(pbds).find(
    ([, pbd]) => pbd.SR === repository && pbd.host === host && !pbd.currently_attached,
  );
  if (unplugged === undefined) return false;
  const plugged = await orGone(() => xapi.write('PBD.plug', [unplugged[0]], call));
  return plugged !== undefined;
}
