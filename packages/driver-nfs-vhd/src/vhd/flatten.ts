import type { VhdChain } from './chain.js';
import { copyHeld } from './copy-held.js';
import { FOOTER_BYTES } from './footer.js';
import type { ParentReference } from './header.js';
import { newDifferencingVhd, type VhdDescription } from './new-vhd.js';
import { openVhd } from './open-vhd.js';
import { VhdError } from './vhd-error.js';
import { VhdWriter } from './vhd-writer.js';
import type { Writable } from './writable.js';
import { type WriteVhdOptions, type WrittenVhd, writeVhd } from './write-vhd.js';

/** Which part of a chain becomes one file. */
export interface FlattenOptions extends WriteVhdOptions {
  /** How many files, from the leaf down, are merged; the next one stays the parent. Default: all. */
  readonly files?: number | undefined;
  /** The file that stays the parent, as the new file is to name it; needed where one stays. */
  readonly parent?: ParentReference | undefined;
}

/**
 * Writes the top of a chain, or all of it, as one new file: a flat dynamic VHD, or a differencing one above what stays. The
 * chain is only read. The first footer is written last: a file whose writer died is no VHD. Throws {@link VhdError}
 * `InvalidSize` where the description is smaller than the chain's disk, and where an ancestor is bigger than its child.
 */
export async function flattenChain(
  chain: VhdChain,
  file: Writable,
  description: VhdDescription,
  options: FlattenOptions = {},
): Promise<WrittenVhd> {
  const { files = chain.layers.length, parent } = options;
  if (files >= chain.layers.length) return writeVhd(chain, file, description, options);
  if (parent === undefined) {
    throw new VhdError('ParentMissing', 'a file above others has to name its parent');
  }
  demandGrowing(chain, description);
  const [metadata] = newDifferencingVhd(description, parent).pieces;
  const bytes = metadata?.bytes ?? new Uint8Array(0);
  const vhd = await openVhd(inMemory(bytes));
  if (vhd.kind === 'fixed') throw new VhdError('Unsupported', 'a fixed disk has no parent');
  const end = bytes.byteLength - FOOTER_BYTES;
  await file.writeAt(bytes.subarray(FOOTER_BYTES, end), FOOTER_BYTES);
  const writer = new VhdWriter(
    file,
    { ...vhd, file, lastFooter: 'missing' },
    { freeFrom: end, zerosFrom: 0, order: 'unordered' },
  );
  await copyHeld(chain.layers.slice(0, files), writer, options);
  await writer.flush();
  const sync = async (): Promise<void> => {
    if (options.durability !== 'unsynced') await file.sync();
  };
  await sync();
  await file.writeAt(bytes.subarray(0, FOOTER_BYTES), 0);
  await sync();
  return { fileBytes: file.sizeBytes, allocatedBlocks: writer.allocatedBlocks };
}

function demandGrowing({ layers }: VhdChain, description: VhdDescription): void {
  let above = description.virtualBytes;
  for (const { virtualBytes } of layers) {
    if (virtualBytes > above) {
      throw new VhdError('InvalidSize', 'an ancestor is bigger than the disk above it');
    }
    above = virtualBytes;
  }
}

function inMemory(bytes: Uint8Array): {
  readonly sizeBytes: number;
  readAt(target: Uint8Array, position: number): Promise<number>;
} {
  return {
    sizeBytes: bytes.byteLength,
    async readAt(target, position) {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return part.byteLength;
    },
  };
}
