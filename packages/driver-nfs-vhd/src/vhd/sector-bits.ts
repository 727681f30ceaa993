// Bit 0 is the most significant bit of byte 0, in bitmaps and in the batmap alike.

/** The bit of a sector. */
export function bitAt(bits: Uint8Array, sector: number): 0 | 1 {
  return ((bits[sector >>> 3] ?? 0) & (0x80 >>> (sector & 7))) === 0 ? 0 : 1;
}

/** The first sector after `from` whose bit differs from that of `from`; `end` when none before it does. */
export function runEnd(bits: Uint8Array, from: number, end: number): number {
  const value = bitAt(bits, from);
  const uniform = value === 1 ? 0xff : 0;
  let sector = from + 1;
  while (sector < end) {
    if ((sector & 7) === 0 && bits[sector >>> 3] === uniform) sector += 8;
    else if (bitAt(bits, sector) === value) sector += 1;
    else return sector;
  }
  return end;
}

/** Sets the bits from `from` to `end`, `end` excluded. */
export function setBits(bits: Uint8Array, from: number, end: number): void {
  let sector = from;
  while (sector < end) {
    if ((sector & 7) === 0 && sector + 8 <= end) {
      const whole = (end - sector) >>> 3;
      bits.fill(0xff, sector >>> 3, (sector >>> 3) + whole);
      sector += whole * 8;
    } else {
      bits[sector >>> 3] = (bits[sector >>> 3] ?? 0) | (0x80 >>> (sector & 7));
      sector += 1;
    }
  }
}

/** How many of the first `sectors` bits are set. */
export function countBits(bits: Uint8Array, sectors: number): number {
  let count = 0;
  for (let from = 0; from < sectors; ) {
    const end = runEnd(bits, from, sectors);
    if (bitAt(bits, from) === 1) count += end - from;
    from = end;
  }
  return count;
}
