import { BATMAP_HEADER_BYTES, batmapBytes } from './batmap.js';
import { blockTableBytes } from './block-table.js';
import { FOOTER_BYTES } from './footer.js';
import { HEADER_BYTES } from './header.js';
import { BLOCK_BYTES, checkedVirtualBytes, SECTOR_BYTES } from './sizes.js';

/** Where everything before the data lies in a file of ours, in bytes. libvhd finds the batmap by the same sum. */
export interface Layout {
  readonly tableEntries: number;
  readonly tableOffset: number;
  readonly batmapOffset: number;
  readonly batmapMapOffset: number;
  /** One sector for each parent locator, in the order of the header. */
  readonly locatorOffsets: readonly number[];
  /** End of all of the above: the tail footer of a file without blocks, or the gap before the first block. */
  readonly metadataBytes: number;
}

// Guests write 4 KiB pages: data that starts on one spares the server a read before each write.
const DATA_ALIGNMENT_SECTORS = 8;

/** Sectors of a block's bitmap: one bit for each of the 4096 sectors of 2 MiB. */
const BITMAP_SECTORS = 1;

/** The layout for a virtual size, with a table that has room for `roomBytes`. Throws {@link VhdError} `InvalidSize`. */
export function layoutFor(
  virtualBytes: number,
  locatorCount: number,
  roomBytes: number = virtualBytes,
): Layout {
  const tableEntries =
    Math.max(checkedVirtualBytes(virtualBytes), checkedVirtualBytes(roomBytes)) / BLOCK_BYTES;
  const tableOffset = FOOTER_BYTES + HEADER_BYTES;
  const batmapOffset = tableOffset + blockTableBytes(tableEntries);
  const batmapMapOffset = batmapOffset + BATMAP_HEADER_BYTES;
  const locatorsOffset = batmapMapOffset + batmapBytes(tableEntries);
  const locatorOffsets = Array.from(
    { length: locatorCount },
    (_, index) => locatorsOffset + index * SECTOR_BYTES,
  );
  return {
    tableEntries,
    tableOffset,
    batmapOffset,
    batmapMapOffset,
    locatorOffsets,
    metadataBytes: locatorsOffset + locatorCount * SECTOR_BYTES,
  };
}

/** The first sector at or after `bytes` where a block's bitmap may lie, so that its data starts at 4 KiB. */
export function nextBitmapSector(bytes: number): number {
  const dataSector = Math.ceil(bytes / SECTOR_BYTES) + BITMAP_SECTORS;
  return Math.ceil(dataSector / DATA_ALIGNMENT_SECTORS) * DATA_ALIGNMENT_SECTORS - BITMAP_SECTORS;
}

/** Where the data of the first block lies in a file of ours without a parent. Throws {@link VhdError} `InvalidSize`. */
export function firstBlockOffset(virtualBytes: number): number {
  const bitmap = nextBitmapSector(layoutFor(virtualBytes, 0).metadataBytes);
  return (bitmap + BITMAP_SECTORS) * SECTOR_BYTES;
}

/** The byte after a 2 MiB block whose bitmap is at `bitmapSector`. */
export function blockEnd(bitmapSector: number): number {
  return (bitmapSector + BITMAP_SECTORS) * SECTOR_BYTES + BLOCK_BYTES;
}

/** Most bytes a file of ours can take when every block is written: for reserves and quotas. */
export function fullFileBytes(virtualBytes: number, locatorCount: number): number {
  const layout = layoutFor(virtualBytes, locatorCount);
  const stride = BLOCK_BYTES + DATA_ALIGNMENT_SECTORS * SECTOR_BYTES;
  const first = nextBitmapSector(layout.metadataBytes);
  return blockEnd(first) + (layout.tableEntries - 1) * stride + FOOTER_BYTES;
}
