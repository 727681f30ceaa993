import { fieldsOf } from './byte-fields.js';
import { vhdChecksum } from './checksum.js';
import { FOOTER_BYTES } from './footer.js';
import { geometryFor } from './geometry.js';
import { openVhd } from './open-vhd.js';
import { checkedVirtualBytes, wholeSectors } from './sizes.js';
import { uuidToBytes } from './uuid-bytes.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';

/** What may be changed of a file that exists. What is absent stays. */
export interface FooterChange {
  /** A new identity: children that name it as their parent by the old one no longer open. */
  readonly uuid?: string | undefined;
  readonly visibility?: 'visible' | 'hidden' | undefined;
  /** Only more than now, and only as far as the block table has room. */
  readonly virtualBytes?: number | undefined;
}

/** How to change footers. */
export interface ChangeFootersOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * What to do with a last footer that a server has overwritten, and not written anew: `refuse`, the default, or `replace`
   * where it is known that the server is gone.
   */
  readonly killed?: 'refuse' | 'replace' | undefined;
}

/**
 * Changes both footers: the last one, synced, then the first, synced, which is the moment from which we read the change.
 * Stopped in between, the file is sound with two footers that differ; the same call again finishes it. All other fields
 * stay as their writer chose them. Throws {@link VhdError}: `InUse` where XenServer has the disk open, `NoRoom` where the
 * table is too short or the disk is fixed, `InvalidSize`, `InvalidUuid`.
 */
export async function changeFooters(
  file: Writable,
  change: FooterChange,
  options: ChangeFootersOptions = {},
): Promise<void> {
  const vhd = await openVhd(file, options);
  if (vhd.lastFooter === 'killed' && options.killed !== 'replace')
    throw new VhdError('InUse', 'a server has the disk open for writing');
  if (change.virtualBytes !== undefined && change.virtualBytes !== vhd.virtualBytes) {
    demandRoom(change.virtualBytes, vhd.virtualBytes, roomOf(vhd));
  }
  const bytes = changedFooter(vhd.footerBytes, change);
  options.signal?.throwIfAborted();
  await file.writeAt(bytes, lastPosition(file, vhd.lastFooter === 'missing'));
  await file.sync();
  if (vhd.kind === 'fixed') return;
  await file.writeAt(bytes, 0);
  await file.sync();
}

/** A footer's bytes with a change, its checksum right. */
export function changedFooter(footer: Uint8Array, change: FooterChange): Uint8Array {
  const bytes = new Uint8Array(footer);
  const fields = fieldsOf(bytes);
  if (change.uuid !== undefined) bytes.set(uuidToBytes(change.uuid), 68);
  if (change.visibility !== undefined) fields.setUint8(85, change.visibility === 'hidden' ? 1 : 0);
  if (change.virtualBytes !== undefined) {
    const geometry = geometryFor(change.virtualBytes);
    fields.setBigUint64(48, BigInt(change.virtualBytes));
    fields.setUint16(56, geometry.cylinders);
    fields.setUint8(58, geometry.heads);
    fields.setUint8(59, geometry.sectorsPerTrack);
  }
  fields.setUint32(64, vhdChecksum(bytes, 64));
  return bytes;
}

function roomOf(vhd: Awaited<ReturnType<typeof openVhd>>): number {
  if (vhd.kind === 'fixed') return vhd.virtualBytes;
  // A size by geometry would not follow.
  if (vhd.virtualBytes !== vhd.footer.virtualBytes) return vhd.virtualBytes;
  return vhd.header.tableEntries * vhd.header.blockBytes;
}

function demandRoom(wanted: number, now: number, room: number): void {
  if (wanted < now) throw new VhdError('InvalidSize', 'a disk never gets smaller');
  checkedVirtualBytes(wanted);
  if (wanted > room) {
    throw new VhdError(
      'NoRoom',
      `the file has room for a disk of ${room} bytes; a bigger one needs a new file`,
    );
  }
}

// A short footer is one byte longer afterwards; behind a file without one it starts at a sector.
function lastPosition(file: Writable, missing: boolean): number {
  if (missing) return wholeSectors(file.sizeBytes);
  return wholeSectors(file.sizeBytes) - FOOTER_BYTES;
}
