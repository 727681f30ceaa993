import { changeFooters } from './change-footers.js';
import { type CopiedSectors, copyHeld } from './copy-held.js';
import { layerOf } from './layer.js';
import { openVhd, type Vhd } from './open-vhd.js';
import type { LongOperation } from './progress.js';
import { syncAhead } from './sync-ahead.js';
import { VhdError } from './vhd-error.js';
import { openVhdForWriting } from './vhd-writer.js';
import type { Writable } from './writable.js';

/**
 * Copies all that `child` holds into its parent, in place. Afterwards the parent alone reads as the child did; the child
 * is not touched. Stopped at any call, also by a loss of power, both are sound and the *child* reads as before, for it
 * shadows every sector that was touched: nobody else may read from the parent. The same call again finishes it. A smaller
 * parent grows to the child's size first. Three syncs, one more for each 64 MiB while it goes on, and a
 * pair for each 16 GiB.
 *
 * The parent's own ancestors must not be bigger than it was, or their ends would show. Throws {@link VhdError}:
 * `ParentMismatch` unless the child names this parent, `ParentLoop` where it is the child, `NoRoom` where the parent can't grow, and what
 * {@link openVhdForWriting} throws.
 */
export async function coalesceVhd(
  child: Vhd,
  parent: Writable,
  options: LongOperation = {},
): Promise<CopiedSectors> {
  const { signal } = options;
  const { footer, virtualBytes } = await openVhd(parent, { signal });
  if (child.footer.uuid === footer.uuid)
    throw new VhdError('ParentLoop', `the disk ${footer.uuid} is its own parent`);
  if (child.kind === 'fixed' || child.header.parent?.uuid !== footer.uuid) {
    throw new VhdError('ParentMismatch', 'the child does not name this file as its parent');
  }
  if (child.virtualBytes > virtualBytes) {
    await changeFooters(parent, { virtualBytes: child.virtualBytes }, { signal });
  }
  const synced = syncAhead(parent);
  try {
    const target = await openVhdForWriting(synced, { signal });
    const copied = await copyHeld([layerOf(child)], target, options);
    await target.flush();
    return copied;
  } finally {
    await synced.idle();
  }
}
