import { type DriverCall, DriverFailure, type ObjectKey, type ResourceUuid } from '@gdcloud/core';
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

/** The disks of a server, as a snapshot of it needs them. */
export interface DisksToTake {
  /** Those that it is of. */
  readonly wanted: readonly Disk[];
  /** Those that are left out. */
  readonly others: readonly Disk[];
}

/** Looks which disks a snapshot is of: all, or `only` this one. Throws DriverFailure `DiskNotInServer`. */
export async function disksToTake(
  context: DriverContext,
  server: Found<VMRecord>,
  only: ResourceUuid | undefined,
  call: DriverCall,
): Promise<DisksToTake> {
  const disks = await disksIn(context, server.record, call);
  if (only === undefined) return { wanted: disks, others: [] };
  const wanted = disks.filter(({ record }) => record.uuid === only);
  if (wanted.length === 0) throw diskNotInServer(only);
  return { wanted, others: disks.filter((disk) => !wanted.includes(disk)) };
}

/**
 * Takes a snapshot: of a running server with what its guest has in mind written down, where guest and pool can do that
 * and no disk is left out.
 */
export async function takeSnapshot(
  context: DriverContext,
  key: ObjectKey,
  { ref, record }: Found<VMRecord>,
  { others }: Pick<DisksToTake, 'others'>,
  call: DriverCall,
): Promise<TaskOutcome> {
  const label = labelOf(key);
  const plain = (): Promise<TaskOutcome> =>
    runTaskOnce(context, 'VM.snapshot', [ref, label], takingOf(key), call);
  try {
    if (others.length > 0) return await takeWithout(context, key, ref, others, call);
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

// The pool itself looks that the server still has the disk: a bare `VDI.snapshot` that comes late would copy one that the
// storage driver is just changing.
async function takeWithout(
  context: DriverContext,
  key: ObjectKey,
  vm: string,
  others: readonly Disk[],
  call: DriverCall,
): Promise<TaskOutcome> {
  const ignored = others.map(({ ref }) => ref);
  try {
    const args = [vm, labelOf(key), ignored] as const;
    return await runTaskOnce(context, 'VM.snapshot', args, takingOf(key), call);
  } catch (error) {
    if (!isXapiError(error, 'MESSAGE_PARAMETER_COUNT_MISMATCH')) throw error;
    throw new DriverFailure(
      'rejected',
      'NoDiskSnapshots',
      'the release of the pool takes snapshots of whole servers only',
      { remedy: 'Detach the volume, or take a snapshot of the server.', cause: error },
    );
  }
}

/** Marks the disks of a server, so that copies made for this snapshot are known for it. */
export async function markDisks(
  context: DriverContext,
  key: ObjectKey,
  { wanted }: Pick<DisksToTake, 'wanted'>,
  call: DriverCall,
): Promise<void> {
  const { xapi, settings } = context;
  const mark = markOf(key, settings.deployment);
  for (const { ref, record } of wanted) {
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

function diskNotInServer(disk: ResourceUuid): DriverFailure {
  return new DriverFailure('rejected', 'DiskNotInServer', `the server has no disk ${disk}`, {
    remedy: 'Nothing to do: it is tried again once the server has it.',
  });
}
