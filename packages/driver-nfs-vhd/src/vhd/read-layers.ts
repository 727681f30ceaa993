import type { ChainExtent } from './chain.js';
import type { Layer } from './layer.js';
import { type Readable, readInto } from './reader.js';
import { settled } from './settled.js';
import type { DataRun } from './zero-runs.js';

/** Pieces of one file with a gap up to this are read together: a call costs more than the bytes. */
const GAP_BYTES = 64 * 1024;
const EXTENT_STEP_BYTES = 2 * 1024 * 1024;

interface Segment {
  readonly file: Readable;
  readonly filePosition: number;
  readonly targetStart: number;
  readonly length: number;
}

/** Reads a stack of layers, the top one first. */
export class LayerReader {
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** Fills `target` from `position`: from the first layer that holds a sector, and with zeros where none does. */
  async read(target: Uint8Array, position: number): Promise<void> {
    await this.#read(target, position, ({ start, end }) => target.fill(0, start, end));
  }

  /**
   * Like {@link read}, but leaves alone what no layer holds. Returns the parts of `target` that were filled, in order,
   * neighbours as one.
   */
  async readHeld(target: Uint8Array, position: number): Promise<readonly DataRun[]> {
    const gaps: DataRun[] = [];
    await this.#read(target, position, (gap) => gaps.push(gap));
    gaps.sort((left, right) => left.start - right.start);
    const held: DataRun[] = [];
    let from = 0;
    for (const gap of gaps) {
      if (gap.start > from) held.push({ start: from, end: gap.start });
      from = Math.max(from, gap.end);
    }
    if (from < target.byteLength) held.push({ start: from, end: target.byteLength });
    return held;
  }

  async #read(
    target: Uint8Array,
    position: number,
    nobodyHolds: (gap: DataRun) => void,
  ): Promise<void> {
    const byLayer = new Map<number, Segment[]>();
    await this.#resolve(0, position, position + target.byteLength, (extent) => {
      const targetStart = extent.start - position;
      const length = extent.end - extent.start;
      const { depth, filePosition } = extent;
      const layer = depth === undefined ? undefined : this.#layers[depth];
      if (layer === undefined || depth === undefined || filePosition === undefined) {
        nobodyHolds({ start: targetStart, end: targetStart + length });
        return;
      }
      const segments = byLayer.get(depth) ?? [];
      byLayer.set(depth, segments);
      segments.push({ file: layer.file, filePosition, targetStart, length });
    });
    await settled([...byLayer.values()].map((segments) => readSegments(segments, target)));
  }

  /** Which layer holds which part of a range, in order. */
  async *extents(start: number, end: number): AsyncGenerator<ChainExtent> {
    for (let from = start; from < end; ) {
      const until = Math.min(end, (Math.floor(from / EXTENT_STEP_BYTES) + 1) * EXTENT_STEP_BYTES);
      const found: ChainExtent[] = [];
      await this.#resolve(0, from, until, (extent) => found.push(extent));
      yield* found.sort((left, right) => left.start - right.start);
      from = until;
    }
  }

  async #resolve(
    depth: number,
    start: number,
    end: number,
    found: (extent: ChainExtent) => void,
  ): Promise<void> {
    let level = depth;
    let layer = this.#layers[level];
    // Levels that hold nothing of it cost no call.
    while (layer !== undefined && start < layer.virtualBytes && !layer.mayHold(start, end)) {
      if (end > layer.virtualBytes) break;
      level += 1;
      layer = this.#layers[level];
    }
    if (layer === undefined || start >= layer.virtualBytes) {
      found({ start, end });
      return;
    }
    const inside = Math.min(end, layer.virtualBytes);
    for (const extent of await layer.extents(start, inside)) {
      if (extent.filePosition !== undefined) found({ ...extent, depth: level });
      else await this.#resolve(level + 1, extent.start, extent.end, found);
    }
    if (inside < end) found({ start: inside, end });
  }
}

/** Reads segments of one file, neighbours in one call. */
async function readSegments(segments: readonly Segment[], target: Uint8Array): Promise<void> {
  const reads: Promise<void>[] = [];
  for (let first = 0; first < segments.length; ) {
    let last = first;
    while (last + 1 < segments.length && isNear(segments[last], segments[last + 1])) last += 1;
    reads.push(readTogether(segments.slice(first, last + 1), target));
    first = last + 1;
  }
  await settled(reads);
}

function isNear(left: Segment | undefined, right: Segment | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  const gap = right.filePosition - (left.filePosition + left.length);
  return gap >= 0 && gap <= GAP_BYTES && right.filePosition - left.filePosition <= 2 ** 21;
}

async function readTogether(segments: readonly Segment[], target: Uint8Array): Promise<void> {
  const [first] = segments;
  const last = segments.at(-1);
  if (first === undefined || last === undefined) return;
  if (first === last) {
    const part = target.subarray(first.targetStart, first.targetStart + first.length);
    await readInto(first.file, part, first.filePosition);
    return;
  }
  const span = last.filePosition + last.length - first.filePosition;
  const together = Buffer.allocUnsafe(span);
  await readInto(first.file, together, first.filePosition);
  for (const { filePosition, targetStart, length } of segments) {
    const from = filePosition - first.filePosition;
    target.set(together.subarray(from, from + length), targetStart);
  }
}
