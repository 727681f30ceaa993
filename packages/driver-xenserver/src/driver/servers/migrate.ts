import { type DriverCall, DriverFailure, type ServerDesired } from '@gdcloud/core';
import { toDriverFailure } from '../../client/driver-failure.js';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { resumeTask } from '../operation.js';
import { hostOf } from './power.js';
import type { ServerState } from './state.js';

/** What XAPI says of a VM that it can't move, or not to that host, however often it is asked. */
const IMPOSSIBLE = [
  'VM_IS_IMMOBILE',
  'VM_LACKS_FEATURE',
  'VM_MISSING_PV_DRIVERS',
  'VM_OLD_PV_DRIVERS',
  'VM_HAS_PCI_ATTACHED',
  'VM_HAS_VGPU',
  'VM_HAS_SRIOV_VIF',
  'VM_REQUIRES_SR',
  'VM_REQUIRES_NETWORK',
  'VM_REQUIRES_IOMMU',
  'VM_REQUIRES_VGPU',
  'VM_INCOMPATIBLE_WITH_THIS_HOST',
  'VM_HOST_INCOMPATIBLE_VERSION',
  'VM_HOST_INCOMPATIBLE_VERSION_MIGRATE',
  'VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION',
  'HOST_NOT_ENOUGH_FREE_MEMORY',
  'HOST_DISABLED',
  'OPERATION_NOT_ALLOWED',
  'OPERATION_BLOCKED',
  'LICENCE_RESTRICTION',
];

/**
 * Moves a running VM to its host while it runs. What the pool refuses for good is `MigrationImpossible`. A repetition
 * joins the task of the first try; where the VM is decides, not what became of the task.
 */
export async function migrate(
  context: DriverContext,
  state: ServerState,
  desired: ServerDesired,
  call: DriverCall,
): Promise<TaskOutcome> {
  const { xapi } = context;
  const host = await hostOf(context, desired, call);
  try {
    await xapi.read('VM.assert_can_boot_here', [state.ref, host], call);
    return await resumeTask(context, 'VM.pool_migrate', [state.ref, host, { live: 'true' }], call);
  } catch (error) {
    if (isXapiError(error, ...IMPOSSIBLE)) throw impossible(error);
    if (!isXapiError(error, 'VM_MIGRATE_FAILED')) throw error;
    const now = await xapi.read('VM.get_resident_on', [state.ref], call);
    if (now === host) return 'done';
    throw now === state.record.resident_on ? impossible(error) : error;
  }
}

function impossible(error: unknown): DriverFailure {
  const { code, message } = toDriverFailure(error);
  return new DriverFailure('rejected', 'MigrationImpossible', `${message} (${code})`, {
    remedy: 'Stop the server, so that it is started on another host; or leave it where it is.',
  });
}
