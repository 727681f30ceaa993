import { type Accepted, asExternalId, type DriverCall, type ObjectKey } from '@gdcloud/core';
import type { TaskOutcome } from '../../client/tasks.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { VDIRecord, VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { runTask } from '../operation.js';
import { type Found, orGone } from '../ours.js';
import { type Disk, disksIn, findLeftBehind, isInNone, readDisk } from './find-snapshot.js';

/**
 * Takes one step towards a snapshot's absence: its disks go one after another, its row at last, as long as it names
 * them. Nothing but copies made by snapshots is ever destroyed: neither CDs nor disks that others have put there.
 */
export async function removeTaken(
  context: DriverContext,
  { ref, record, external }: Found<VMRecord>,
  call: DriverCall,
): Promise<Accepted> {
  if (isBusy(record)) return { external, settled: false };
  const [disk] = (await disksIn(context, record, call)).filter((each) => each.record.is_a_snapshot);
  if (disk !== undefined)
    return { external, settled: (await destroy(context, disk.ref, call)) === 'done' };
  try {
    await context.xapi.write('VM.destroy', [ref], call);
  } catch (error) {
    if (!isXapiError(error, 'HANDLE_INVALID')) throw error;
  }
  return { settled: true };
}

/**
 * Destroys one of the disks that were left behind of a snapshot: the very one that the key names, where it names one.
 */
export async function removeLeftBehind(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<Accepted> {
  const left = await findLeftBehind(context, key, call);
  const [disk] =
    key.external === undefined ? left : left.filter(({ record }) => record.uuid === key.external);
  if (disk === undefined) return { settled: true };
  const outcome = await destroyLeftBehind(context, disk, call);
  return { external: asExternalId(disk.record.uuid), settled: outcome === 'done' };
}

/** Destroys a disk that was left behind, unless it turns out to be one of a snapshot that is being taken. */
export async function destroyLeftBehind(
  context: DriverContext,
  { ref, record }: Disk,
  call: DriverCall,
): Promise<TaskOutcome> {
  // In this order: whoever was at work when it was found is so still, or has put it where it belongs.
  if (await isSourceBusy(context, record, call)) return 'pending';
  const now = await readDisk(context, ref, call);
  if (now === undefined || !isInNone(now.record)) return 'done';
  return destroy(context, ref, call);
}

/** Whether the pool works on the VM. */
export function isBusy({ current_operations: operations }: VMRecord): boolean {
  return Object.keys(operations).length > 0;
}

async function isSourceBusy(
  { xapi }: DriverContext,
  { snapshot_of: source }: VDIRecord,
  call: DriverCall,
): Promise<boolean> {
  const disk = isNullRef(source) ? undefined : await readDisk({ xapi }, source, call);
  const machines = await allEnded(
    (disk?.record.VBDs ?? []).map((drive) =>
      orGone(async () => {
        const vm = await xapi.read('VBD.get_VM', [drive], call);
        return xapi.read('VM.get_record', [vm], call);
      }),
    ),
  );
  return machines.some((vm) => vm !== undefined && isBusy(vm));
}

async function destroy(
  context: DriverContext,
  disk: string,
  call: DriverCall,
): Promise<TaskOutcome> {
  try {
    return await runTask(context, 'VDI.destroy', [disk], call);
  } catch (error) {
    if (isXapiError(error, 'HANDLE_INVALID')) return 'done';
    throw error;
  }
}
