import type { DriverCall, ServerDesired } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import { allEnded } from '../all-ended.js';
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
  const named = settings.repositories.filter(
    ({ storageRepository }) => storageRepository !== undefined,
  );
  if (named.length === 0) return false;
  const [repositories, host, pbds] = [
    await allEnded(named.map(({ of }) => findRepository(context, call, of))),
    await hostOf(context, desired, call),
    await xapi.read('PBD.get_all_records', [], call),
  ];
  const unplugged = Object.entries(pbds).filter(
    ([, pbd]) => repositories.includes(pbd.SR) && pbd.host === host && !pbd.currently_attached,
  );
  let failed: unknown;
  for (const [ref] of unplugged) {
    try {
      if ((await orGone(() => xapi.write('PBD.plug', [ref], call))) !== undefined) return true;
    } catch (error) {
      // Another share may be away, which is not what this server waits for.
      failed ??= error;
    }
  }
  if (failed !== undefined) throw failed;
  return false;
}
