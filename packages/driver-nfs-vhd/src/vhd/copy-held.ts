import { inLanes } from './in-lanes.js';
import type { Layer } from './layer.js';
import { type LongOperation, progressOf } from './progress.js';
import { LayerReader } from './read-layers.js';
import { settled } from './settled.js';
import { BLOCK_BYTES } from './sizes.js';
import type { VhdWriter } from './vhd-writer.js';

// One writes, for a file takes one writer at a time, the next one waits for its turn, the third one reads.
const LANES = 3;

/** What was copied. */
export interface CopiedSectors {
  readonly movedBytes: number;
}

/**
 * Writes every sector that one of `layers` holds, the topmost where several do, to the same place of `target`. Blocks
 * overlap, three at a time, in 6 MiB of buffers. Nothing is flushed.
 */
export async function copyHeld(
  layers: readonly Layer[],
  target: VhdWriter,
  options: LongOperation,
): Promise<CopiedSectors> {
  const told = progressOf(heldBytes(layers), options);
  const steps = heldSteps(layers);
  const { movedBytes } = await copySteps(steps, layers, target, { ...options, told });
  return { movedBytes };
}

/** A range of a disk, in bytes, `end` excluded: at most one block. */
export interface CopyStep {
  readonly start: number;
  readonly end: number;
}

/** The blocks that any of `layers` may hold, in order; those before `from` left out. */
export function* heldSteps(layers: readonly Layer[], from: number = 0): Generator<CopyStep> {
  const virtualBytes = layers[0]?.virtualBytes ?? 0;
  for (let start = from; start < virtualBytes; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, virtualBytes);
    if (layers.some((layer) => layer.mayHold(start, end))) yield { start, end };
  }
}

/** How many bytes {@link heldSteps} are together. */
export function heldBytes(layers: readonly Layer[]): number {
  let bytes = 0;
  for (const { start, end } of heldSteps(layers)) bytes += end - start;
  return bytes;
}

/** Copies steps as {@link copyHeld} does; `told` hears of each. */
export async function copySteps(
  steps: Iterable<CopyStep>,
  layers: readonly Layer[],
  target: VhdWriter,
  options: { readonly signal?: AbortSignal | undefined; readonly told: (bytes: number) => void },
): Promise<CopiedSectors> {
  const reader = new LayerReader(layers);
  const buffers: Buffer[] = [];
  let movedBytes = 0;
  await inLanes(steps, { lanes: LANES, signal: options.signal }, async ({ start, end }, lane) => {
    const buffer = buffers[lane] ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    buffers[lane] = buffer;
    const data = buffer.subarray(0, end - start);
    const held = await reader.readHeld(data, start);
    await settled(
      held.map((run) => target.write(data.subarray(run.start, run.end), start + run.start)),
    );
    for (const run of held) movedBytes += run.end - run.start;
    options.told(end - start);
  });
  return { movedBytes };
}
