/**
 * The format's checksum: the one's complement of the sum of all bytes, as an unsigned 32-bit number. The four bytes at
 * `fieldOffset`, where the structure keeps the checksum itself, count as zero.
 */
export function vhdChecksum(bytes: Uint8Array, fieldOffset?: number): number {
  let sum = 0;
  // By index: an iterator takes ten times as long, and a scan of a share does little else.
  for (let index = 0; index < bytes.length; index += 1) sum += bytes[index] ?? 0;
  if (fieldOffset !== undefined) {
    for (const byte of bytes.subarray(fieldOffset, fieldOffset + 4)) sum -= byte;
  }
  return ~sum >>> 0;
}
