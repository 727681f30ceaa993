/**
 * The format's checksum: the one's complement of the sum of all bytes, as an unsigned 32-bit number. The four bytes at
 * `fieldOffset`, where the structure keeps the checksum itself, count as zero.
 */
export function vhdChecksum(bytes: Uint8Array, fieldOffset?: number): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  if (fieldOffset !== undefined) {
    for (const byte of bytes.subarray(fieldOffset, fieldOffset + 4)) sum -= byte;
  }
  return ~sum >>> 0;
}
