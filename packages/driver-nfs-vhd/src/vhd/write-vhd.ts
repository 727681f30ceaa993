import { encodeEmptyBatmap } from './batmap.js';
import { UNUSED_BLOCK } from './block-table.js';
import type { DiskSource } from './disk-source.js';
import { encodeFooter, FOOTER_BYTES } from './footer.js';
import { inLanes } from './in-lanes.js';
import { blockEnd, layoutFor, nextBitmapSector } from './layout.js';
import { headerBytes, type VhdDescription } from './new-vhd.js';
import { type LongOperation, progressOf } from './progress.js';
import { BLOCK_BYTES, SECTOR_BYTES } from './sizes.js';
import { tableBytes } from './table-pages.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';
import { type DataRun, dataRuns } from './zero-runs.js';

/**
 * Blocks under way: their buffers are all the memory that is used besides the table. A file takes one writer at a time, so
 * that one is written while the next one waits for its turn and the one after is read.
 */
const LANES = 3;
/** Data starts at a page of the buffer, right behind the bitmap. */
const DATA_AT = 4096;
const BITMAP_AT = DATA_AT - SECTOR_BYTES;
/** A gap of zeros that is written rather than left out where it saves a call. */
const SMALL_GAP_BYTES = 128 * 1024;

/** How a whole VHD is written. */
export interface WriteVhdOptions extends LongOperation {
  /** `synced`, the default: durable when it returns. `unsynced`: the caller syncs. */
  readonly durability?: 'synced' | 'unsynced' | undefined;
}

/** What was written. */
export interface WrittenVhd {
  readonly fileBytes: number;
  readonly allocatedBlocks: number;
}

/**
 * Writes a dynamic VHD with the contents of `source` into an empty file: raw disks ({@link rawDisk}), whole chains, and
 * streams alike. Blocks of zeros are left out, and long runs of zeros in others stay holes; blocks lie in the order of the
 * disk, so equal contents give equal files. The disk may be longer than its source. Blocks overlap, three at a time. The
 * first footer is written last, after a sync of all else: a file whose writer died is no VHD at all.
 * Throws {@link VhdError} `InvalidSize` where the disk is smaller than its source.
 */
export async function writeVhd(
  source: DiskSource,
  file: Writable,
  description: VhdDescription,
  options: WriteVhdOptions = {},
): Promise<WrittenVhd> {
  const layout = layoutFor(description.virtualBytes, 0, description.roomBytes);
  if (source.virtualBytes > description.virtualBytes) {
    throw new VhdError('InvalidSize', 'the disk is smaller than what it is to hold');
  }
  const table = new Uint32Array(layout.tableEntries).fill(UNUSED_BLOCK);
  let end = layout.metadataBytes;
  let allocatedBlocks = 0;
  const place = (block: number): number => {
    const sector = nextBitmapSector(end);
    table[block] = sector;
    end = blockEnd(sector);
    allocatedBlocks += 1;
    return sector * SECTOR_BYTES;
  };
  await copyBlocks(source, file, place, options);

  const footer = encodeFooter({ ...description, type: 'dynamic' });
  const metadata = new Uint8Array(layout.metadataBytes);
  metadata.set(footer, 0);
  metadata.set(headerBytes(layout, [], undefined), FOOTER_BYTES);
  metadata.set(tableBytes(table), layout.tableOffset);
  metadata.set(encodeEmptyBatmap(layout.batmapMapOffset, layout.tableEntries), layout.batmapOffset);
  const sync = async (): Promise<void> => {
    if (options.durability !== 'unsynced') await file.sync();
  };
  await file.writeAt(footer, end);
  await file.writeAt(metadata.subarray(FOOTER_BYTES), FOOTER_BYTES);
  await sync();
  await file.writeAt(footer, 0);
  await sync();
  return { fileBytes: end + FOOTER_BYTES, allocatedBlocks };
}

interface Turn {
  readonly start: number;
  /** Resolves once everything before it has its place, or needs none. */
  readonly before: Promise<void>;
  readonly done: () => void;
}

async function copyBlocks(
  source: DiskSource,
  file: Writable,
  place: (block: number) => number,
  options: WriteVhdOptions,
): Promise<void> {
  const told = progressOf(source.virtualBytes, options);
  const buffers = Array.from({ length: LANES }, () => {
    const buffer = Buffer.allocUnsafeSlow(DATA_AT + BLOCK_BYTES);
    return buffer.fill(0xff, BITMAP_AT, DATA_AT);
  });
  await inLanes(
    turns(source, told),
    { lanes: LANES, signal: options.signal },
    async ({ start, before, done }, lane) => {
      const buffer = buffers[lane] ?? Buffer.alloc(0);
      const length = Math.min(BLOCK_BYTES, source.virtualBytes - start);
      const data = buffer.subarray(DATA_AT, DATA_AT + length);
      let runs: readonly DataRun[] = [];
      let position = 0;
      try {
        await source.read(data, start);
        runs = dataRuns(data);
        await before;
        if (runs.length > 0) position = place(start / BLOCK_BYTES);
      } finally {
        done();
      }
      if (runs.length > 0) await writeBlock(file, buffer, runs, position);
      told(length);
    },
  );
}

function* turns(source: DiskSource, told: (bytes: number) => void): Generator<Turn> {
  let before = Promise.resolve();
  for (let start = 0; start < source.virtualBytes; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, source.virtualBytes);
    if (!source.mayHold(start, end)) {
      told(end - start);
      continue;
    }
    let done = (): void => {};
    const decided = new Promise<void>((resolve) => {
      done = resolve;
    });
    yield { start, before, done };
    before = decided;
  }
}

/** Writes a block's bitmap and its data, in as few calls as the zeros among them allow. */
async function writeBlock(
  file: Writable,
  buffer: Buffer,
  runs: readonly DataRun[],
  position: number,
): Promise<void> {
  let from = BITMAP_AT;
  let until = DATA_AT;
  for (const run of runs) {
    if (DATA_AT + run.start - until > SMALL_GAP_BYTES) {
      await file.writeAt(buffer.subarray(from, until), position + from - BITMAP_AT);
      from = DATA_AT + run.start;
    }
    until = DATA_AT + run.end;
  }
  await file.writeAt(buffer.subarray(from, until), position + from - BITMAP_AT);
}
