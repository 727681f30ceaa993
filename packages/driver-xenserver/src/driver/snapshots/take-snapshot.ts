import { type DriverCall, DriverFailure, type ObjectKey } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError, XapiError } from '../../client/xapi-error.js';
import type { VMRecord } from '../../datamodel/records.generated.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { runTaskOnce } from '../operation.js';
import { type Found, orGone } from '../ours.js';
import { type Disk, disksIn } from './find-snapshot.js';
import { labelOf, markOf, SNAPSHOT, takingOf } from './snapshot-marks.js';

/** Guests, hosts and releases that can't quiesce say so in many ways: of none of them something has become. */
const CANT_QUIESCE =
  /^(VM_SNAPSHOT_WITH_QUIESCE_\w+|XEN_VSS_REQ_ERROR_\w+|VM_LACKS_FEATURE\w*|VM_MISSING_PV_DRIVERS|VM_OLD_PV_DRIVERS|VM_BAD_POWER_STATE|MESSAGE_REMOVED|MESSAGE_METHOD_UNKNOWN)$/;

/** A chain of disks that can't grow (sm: XE_SR_ERRORCODES.xml). */
const CHAIN_TOO_LONG = 'SR_BACKEND_FAILURE_109';

/** Takes a snapshot: of a running server with what its guest has in mind written down, where guest and pool can do that. */
export async function takeSnapshot(
  context: DriverContext,
  key: ObjectKey,
  { ref, record }: Found<VMRecord>,
  call: DriverCall,
): Promise<TaskOutcome> {
  const label = labelOf(key);
  const plain = (): Promise<TaskOutcome> =>
    runTaskOnce(context, 'VM.snapshot', [ref, label], takingOf(key), call);
  try {
    if (record.power_state !== 'Running') return await plain();
    try {
      const method = 'VM.snapshot_with_quiesce';
      return await runTaskOnce(context, method, [ref, label], takingOf(key), call);
    } catch (error) {
      if (!(error instanceof XapiError && CANT_QUIESCE.test(error.code))) throw error;
      return await plain();
    }
  } catch (error) {
    if (!isXapiError(error, CHAIN_TOO_LONG)) throw error;
    throw new DriverFailure(
      'rejected',
      'ChainTooLong',
      'a disk of the server has as many snapshots in a row as its storage can hold',
      {
        remedy: 'Delete snapshots of the server, and wait until the storage has merged them.',
        cause: error,
      },
    );
  }
}

/** Marks the disks of a server, so that copies made for this snapshot are known for it. */
export async function markDisks(
  context: DriverContext,
  key: ObjectKey,
  server: Found<VMRecord>,
  call: DriverCall,
): Promise<void> {
  const { xapi, settings } = context;
  const mark = markOf(key, settings.deployment);
  for (const { ref, record } of await disksIn(context, server.record, call)) {
    const { [SNAPSHOT]: noted } = record.other_config;
    if (noted === mark) continue;
    // Of a snapshot that came to nothing, or that is taken and has not taken its mark off yet.
    if (noted !== undefined)
      await xapi.write('VDI.remove_from_other_config', [ref, SNAPSHOT], call);
    try {
      await xapi.write('VDI.add_to_other_config', [ref, SNAPSHOT, mark], call);
    } catch (error) {
      // By the first of two calls, or for another snapshot at the same moment: then what is left is known for that one.
      if (!isXapiError(error, 'MAP_DUPLICATE_KEY')) throw error;
    }
  }
}

/** The disks that still are marked for a snapshot that has been taken, by the copies that are in it. */
export async function markedDisks(
  { xapi, settings }: DriverContext,
  key: ObjectKey,
  copies: readonly Disk[],
  call: DriverCall,
): Promise<readonly string[]> {
  const mark = markOf(key, settings.deployment);
  const sources = copies.map(({ record }) => record.snapshot_of);
  const configs = await allEnded(
    sources.map((ref) => orGone(() => xapi.read('VDI.get_other_config', [ref], call))),
  );
  return sources.filter((_, index) => configs[index]?.[SNAPSHOT] === mark);
}

/** Takes the marks off: copies that others make from now on are theirs. */
export async function unmarkDisks(
  { xapi }: DriverContext,
  disks: readonly string[],
  call: DriverCall,
): Promise<void> {
  for (const ref of disks) {
    await orGone(() => xapi.write('VDI.remove_from_other_config', [ref, SNAPSHOT], call));
  }
}
