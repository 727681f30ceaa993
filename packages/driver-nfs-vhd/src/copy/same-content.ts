import type { DiskSource } from '../vhd/disk-source.js';
import { BLOCK_BYTES } from '../vhd/sizes.js';

/**
 * Where two disks differ first, in bytes; undefined where they hold the same. Reads what one of them holds, two blocks
 * at a time.
 */
export async function firstDifference(
  one: DiskSource,
  other: DiskSource,
  told: (percent: number) => void,
): Promise<number | undefined> {
  if (one.virtualBytes !== other.virtualBytes) {
    return Math.min(one.virtualBytes, other.virtualBytes);
  }
  const left = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const right = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  for (let start = 0; start < one.virtualBytes; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, one.virtualBytes);
    if (!one.mayHold(start, end) && !other.mayHold(start, end)) continue;
    const [a, b] = [left.subarray(0, end - start), right.subarray(0, end - start)];
    await Promise.all([one.read(a, start), other.read(b, start)]);
    told((end / one.virtualBytes) * 100);
    if (!a.equals(b)) return start + a.findIndex((byte, index) => byte !== b[index]);
  }
  return undefined;
}
