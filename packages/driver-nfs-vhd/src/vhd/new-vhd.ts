import { encodeEmptyBatmap } from './batmap.js';
import { writeBlockTable } from './block-table.js';
import { encodeFooter, FOOTER_BYTES } from './footer.js';
import { encodeHeader, type ParentReference } from './header.js';
import { blockEnd, type Layout, layoutFor, nextBitmapSector } from './layout.js';
import { checkedParentName, type LocatorText, parentLocators } from './parent-locator.js';
import { BLOCK_BYTES, checkedVirtualBytes, SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';

/** What a new VHD is to be. */
export interface VhdDescription {
  /** Canonical lower case. */
  readonly uuid: string;
  /** A multiple of 2 MiB, at most 2040 GiB. */
  readonly virtualBytes: number;
  /** Milliseconds since 1970; not in the future, or vhd-util's check fails. */
  readonly createdMs: number;
  readonly visibility: 'visible' | 'hidden';
  /** How far the disk may grow in this file: the block table gets room for it. Default `virtualBytes`. */
  readonly roomBytes?: number | undefined;
}

/** Bytes to write at a position. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A whole new file as few pieces in rising order; what lies between them is a hole. */
export interface NewVhd {
  readonly fileBytes: number;
  readonly pieces: readonly Piece[];
}

/** A dynamic VHD without data: it reads as zeros. */
export function newDynamicVhd(description: VhdDescription): NewVhd {
  return assemble(description, new Map(), undefined);
}

/**
 * A dynamic VHD with some blocks: block number to its first bytes, the rest of the block being zero. Their bitmaps are
 * all ones, because readers disagree on what a zero bit means in a file without a parent. Throws {@link VhdError}
 * `InvalidField` for a block outside the disk or longer than 2 MiB.
 */
export function newDynamicVhdWithBlocks(
  description: VhdDescription,
  blocks: ReadonlyMap<number, Uint8Array>,
): NewVhd {
  return assemble(description, blocks, undefined);
}

/**
 * A thin copy: a differencing VHD without data of its own, in the folder of its parent. Takes as long as its header is
 * big, however much the parent holds. Throws {@link VhdError} `InvalidName`, `InvalidUuid` or `InvalidSize`.
 */
export function newDifferencingVhd(description: VhdDescription, parent: ParentReference): NewVhd {
  checkedParentName(parent.fileName);
  return assemble(description, new Map(), parent);
}

/**
 * A fixed VHD without data: it reads as zeros, and is a hole up to its footer. Throws {@link VhdError} `InvalidUuid` or
 * `InvalidSize`.
 */
export function newFixedVhd(description: VhdDescription): NewVhd {
  const position = checkedVirtualBytes(description.virtualBytes);
  const bytes = encodeFooter({ ...description, type: 'fixed' });
  return { fileBytes: position + FOOTER_BYTES, pieces: [{ position, bytes }] };
}

/**
 * Writes a new VHD into an empty file and makes it durable. The piece with the first footer comes last, after a sync, so
 * that a file whose writer died is no VHD; a file of one piece, as clones are, takes one write and one sync.
 */
export async function writeNewVhd(file: Writable, { pieces }: NewVhd): Promise<void> {
  const [first, ...others] = pieces;
  for (const { bytes, position } of others) await file.writeAt(bytes, position);
  if (others.length > 0) await file.sync();
  if (first !== undefined) await file.writeAt(first.bytes, first.position);
  await file.sync();
}

function assemble(
  description: VhdDescription,
  blocks: ReadonlyMap<number, Uint8Array>,
  parent: ParentReference | undefined,
): NewVhd {
  const locators = parent === undefined ? [] : parentLocators(parent.fileName);
  const layout = layoutFor(description.virtualBytes, locators.length, description.roomBytes);
  const placed = placeBlocks(layout, blocks);
  const footer = encodeFooter({
    ...description,
    type: parent === undefined ? 'dynamic' : 'differencing',
  });

  const metadata = new Uint8Array(layout.metadataBytes + (placed.size === 0 ? FOOTER_BYTES : 0));
  metadata.set(footer, 0);
  metadata.set(headerBytes(layout, locators, parent), FOOTER_BYTES);
  // In place: the table of a big disk is nearly all that a clone is.
  writeBlockTable(
    metadata.subarray(layout.tableOffset, layout.batmapOffset),
    layout.tableEntries,
    placed,
  );
  metadata.set(encodeEmptyBatmap(layout.batmapMapOffset, layout.tableEntries), layout.batmapOffset);
  for (const [index, locator] of locators.entries()) {
    metadata.set(locator.text, layout.locatorOffsets[index]);
  }
  if (placed.size === 0) {
    // One contiguous piece: a clone is a single write.
    metadata.set(footer, layout.metadataBytes);
    return { fileBytes: metadata.byteLength, pieces: [{ position: 0, bytes: metadata }] };
  }
  const tail = Math.max(...[...placed.values()].map(blockEnd));
  return {
    fileBytes: tail + FOOTER_BYTES,
    pieces: [
      { position: 0, bytes: metadata },
      ...blockPieces(blocks, placed),
      { position: tail, bytes: footer },
    ],
  };
}

/** The header of a file with this layout. */
export function headerBytes(
  layout: Layout,
  locators: readonly LocatorText[],
  parent: ParentReference | undefined,
): Uint8Array {
  return encodeHeader({
    tableOffset: layout.tableOffset,
    tableEntries: layout.tableEntries,
    blockBytes: BLOCK_BYTES,
    parent,
    locators: locators.map((locator, index) => ({
      code: locator.code,
      spaceBytes: SECTOR_BYTES,
      lengthBytes: locator.text.byteLength,
      position: layout.locatorOffsets[index] ?? 0,
    })),
  });
}

function placeBlocks(
  layout: Layout,
  blocks: ReadonlyMap<number, Uint8Array>,
): ReadonlyMap<number, number> {
  const placed = new Map<number, number>();
  let end = layout.metadataBytes;
  for (const block of [...blocks.keys()].sort((left, right) => left - right)) {
    const sector = nextBitmapSector(end);
    placed.set(block, sector);
    end = blockEnd(sector);
  }
  return placed;
}

function blockPieces(
  blocks: ReadonlyMap<number, Uint8Array>,
  placed: ReadonlyMap<number, number>,
): readonly Piece[] {
  return [...placed].map(([block, sector]) => {
    const data = blocks.get(block) ?? new Uint8Array(0);
    if (data.byteLength > BLOCK_BYTES) {
      throw new VhdError('InvalidField', `block ${block} is longer than 2 MiB`);
    }
    const bytes = new Uint8Array(SECTOR_BYTES + data.byteLength);
    bytes.fill(0xff, 0, SECTOR_BYTES);
    bytes.set(data, SECTOR_BYTES);
    return { position: sector * SECTOR_BYTES, bytes };
  });
}
