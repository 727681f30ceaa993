import { randomBytes, randomFillSync } from 'node:crypto';
import type { Random } from '../../ports/random.js';

/** How many bytes are drawn at a time; a call for few costs as much as one for these. */
const DRAWN = 4_096;
/** What is more is drawn by itself. */
const FEW = 64;

/** Bytes that were drawn and are not handed out yet. */
const drawn: Buffer = Buffer.alloc(DRAWN);
let left = 0;

/** The machine's own chance. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  // What is no count is refused there; here it would hand out the same bytes again.
  bytes: (count) => (count >= 0 && count <= FEW ? few(count) : randomBytes(count)),
};

function few(count: number): Uint8Array {
  if (left < count) {
    randomFillSync(drawn);
    left = DRAWN;
  }
  const kept = drawn.subarray(left - count, left);
  left -= count;
  const bytes = Uint8Array.from(kept);
  // Nothing that has become a secret stays behind.
  kept.fill(0);
  return bytes;
}
