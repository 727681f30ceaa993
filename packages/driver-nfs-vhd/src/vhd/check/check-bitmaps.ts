import { inLanes } from '../in-lanes.js';
import { bitmapBytesOf } from '../layer.js';
import { type Readable, readInto } from '../reader.js';
import { bitAt, runEnd } from '../sector-bits.js';
import { SECTOR_BYTES } from '../sizes.js';
import { dataRuns } from '../zero-runs.js';
import type { Report } from './finding.js';

const LANES = 4;

/** What is to be looked at of each block. */
export interface BitmapCheck {
  readonly blocks: Iterable<number>;
  readonly table: Uint32Array;
  readonly blockBytes: number;
  readonly differencing: boolean;
  readonly batmap: Uint8Array | undefined;
  readonly depth: 'bitmaps' | 'data';
  readonly signal?: AbortSignal | undefined;
  readonly told: (bytes: number) => void;
}

/** Reads the bitmaps of blocks, or all of them, and reports what contradicts them. */
export async function checkBitmaps(
  file: Readable,
  check: BitmapCheck,
  report: Report,
): Promise<void> {
  const bitmapBytes = bitmapBytesOf(check.blockBytes);
  const length = check.depth === 'data' ? bitmapBytes + check.blockBytes : bitmapBytes;
  const buffers = Array.from({ length: LANES }, () => Buffer.allocUnsafeSlow(length));
  await inLanes(check.blocks, { lanes: LANES, signal: check.signal }, async (block, lane) => {
    const bytes = buffers[lane] ?? Buffer.alloc(0);
    const position = (check.table[block] ?? 0) * SECTOR_BYTES;
    const place = { where: `block ${block}`, position };
    try {
      await readInto(file, bytes, position);
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      report('Unreadable', { ...place, detail });
      return;
    }
    const sectors = check.blockBytes / SECTOR_BYTES;
    const bits = bytes.subarray(0, bitmapBytes);
    const full = bitAt(bits, 0) === 1 && runEnd(bits, 0, sectors) === sectors;
    if (!full && check.batmap !== undefined && bitAt(check.batmap, block) === 1)
      report('BatmapBitOverGaps', { ...place, detail: 'its bitmap has clear bits' });
    if (!full && !check.differencing)
      reportGaps(bits, bytes.subarray(bitmapBytes), sectors, place, report);
    check.told(check.blockBytes);
  });
}

function reportGaps(
  bits: Uint8Array,
  data: Uint8Array,
  sectors: number,
  place: { readonly where: string; readonly position: number },
  report: Report,
): void {
  if (data.byteLength > 0) {
    for (let from = 0; from < sectors; ) {
      const end = runEnd(bits, from, sectors);
      const part = data.subarray(from * SECTOR_BYTES, end * SECTOR_BYTES);
      if (bitAt(bits, from) === 0 && dataRuns(part).length > 0) {
        report('BitmapHidesData', { ...place, detail: `sectors ${from} to ${end}` });
        return;
      }
      from = end;
    }
  }
  report('BitmapGaps', { ...place, detail: 'clear bits' });
}
