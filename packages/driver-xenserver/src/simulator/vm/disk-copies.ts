import { textOf } from '../arguments.js';
import { DISKS } from '../behaviours/disks.js';
import type { CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';

/** How a VM's disks are taken along. A copy goes to the repository given, or stays where it is. */
export type DiskMethod =
  | { readonly kind: 'clone' | 'snapshot' }
  | { readonly kind: 'copy'; readonly repository: string | undefined };

/** A drive of the source and the disk that the copy of that drive gets. */
export interface CopiedDrive {
  readonly vbd: Row;
  readonly disk: string;
  /** Whether `disk` was made for it: then it goes when the copy fails. */
  readonly made: boolean;
}

/** Calls a message of the pool's own, as XAPI does for its parts: another task, the same session. */
async function callOwn(
  context: CallContext,
  name: string,
  args: readonly string[],
): Promise<string> {
  const behaviour = DISKS[name];
  if (behaviour === undefined) throw new XapiFault('NOT_IMPLEMENTED', name);
  const task = context.pool.identifiers.ref();
  return textOf(await behaviour({ ...context, task }, args));
}

/** Copies one disk; returns the new one. */
export function copyDisk(context: CallContext, disk: string, method: DiskMethod): Promise<string> {
  if (method.kind !== 'copy') return callOwn(context, `VDI.${method.kind}`, [disk]);
  const own = textField(context.pool.database.get('VDI', disk), 'SR');
  return callOwn(context, 'VDI.copy', [disk, method.repository ?? own]);
}

/** Removes a disk and does not mind when that fails. */
export async function dropDisk(context: CallContext, disk: string): Promise<void> {
  try {
    await callOwn(context, 'VDI.destroy', [disk]);
  } catch (thrown) {
    if (!(thrown instanceof XapiFault)) throw thrown;
  }
}

/** Copies the disks of drives one after the other; removes the copies again when one fails. CDs are shared. */
export async function copyDisks(
  context: CallContext,
  vbds: readonly Row[],
  method: DiskMethod,
): Promise<readonly CopiedDrive[]> {
  const done: CopiedDrive[] = [];
  try {
    for (const { ref } of vbds) {
      const vbd = context.pool.database.get('VBD', ref);
      const disk = textField(vbd, 'VDI');
      const shared = isTrue(vbd.fields.get('empty')) || textField(vbd, 'type') === 'CD';
      done.push({
        vbd,
        disk: shared ? disk : await copyDisk(context, disk, method),
        made: !shared,
      });
    }
    return done;
  } catch (thrown) {
    await dropCopies(context, done);
    throw thrown;
  }
}

/** Removes what {@link copyDisks} made. */
export async function dropCopies(
  context: CallContext,
  copies: readonly CopiedDrive[],
): Promise<void> {
  for (const { disk, made } of copies) {
    if (made) await dropDisk(context, disk);
  }
}
