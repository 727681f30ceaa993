import type { DiskSource } from './disk-source.js';
import { inLanes } from './in-lanes.js';
import { type LongOperation, progressOf } from './progress.js';
import { SECTOR_BYTES } from './sizes.js';
import type { Writable } from './writable.js';
import { dataRuns } from './zero-runs.js';

// A file system lets one writer at a time into a file: one writes, the next one waits for its turn, the third one reads.
const LANES = 3;
/** With smaller ones the hand-overs between threads cost more than the processor's cache gains. */
const STEP_BYTES = 2 * 1024 * 1024;

/** How a raw disk is written. */
export interface WriteRawOptions extends LongOperation {
  /** `synced`, the default: durable when it returns. `unsynced`: the caller syncs. */
  readonly durability?: 'synced' | 'unsynced' | undefined;
}

/**
 * Writes the contents of `source` as a raw disk into an empty file. Zeros stay holes; the file has the disk's size all the
 * same. Steps of 2 MiB overlap, three at a time. A file whose writer died is shorter, or lacks data: nothing
 * in a raw file tells.
 */
export async function writeRaw(
  source: DiskSource,
  file: Writable,
  options: WriteRawOptions = {},
): Promise<void> {
  const { virtualBytes } = source;
  const told = progressOf(virtualBytes, options);
  const buffers = Array.from({ length: LANES }, () => Buffer.allocUnsafeSlow(STEP_BYTES));
  let writtenTo = 0;
  await inLanes(
    heldSteps(source, told),
    { lanes: LANES, signal: options.signal },
    async (start, lane) => {
      const length = Math.min(STEP_BYTES, virtualBytes - start);
      const data = (buffers[lane] ?? Buffer.alloc(0)).subarray(0, length);
      await source.read(data, start);
      for (const run of dataRuns(data)) {
        await file.writeAt(data.subarray(run.start, run.end), start + run.start);
        writtenTo = Math.max(writtenTo, start + run.end);
      }
      told(length);
    },
  );
  if (writtenTo < virtualBytes) {
    await file.writeAt(new Uint8Array(SECTOR_BYTES), virtualBytes - SECTOR_BYTES);
  }
  if (options.durability !== 'unsynced') await file.sync();
}

/** The steps of a source that may hold something, by their positions; the others are told as done. */
function* heldSteps(source: DiskSource, told: (bytes: number) => void): Generator<number> {
  for (let start = 0; start < source.virtualBytes; start += STEP_BYTES) {
    const end = Math.min(start + STEP_BYTES, source.virtualBytes);
    if (source.mayHold(start, end)) yield start;
    else told(end - start);
  }
}
