import { VhdError } from './vhd-error.js';

/** A big-endian window on a structure's bytes, as all of VHD is big-endian. */
export function fieldsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the ASCII `cookie` stands at `offset`. */
export function hasCookie(bytes: Uint8Array, offset: number, cookie: string): boolean {
  return asciiAt(bytes, offset, cookie.length) === cookie;
}

/** The ASCII text of `length` bytes at `offset`. */
export function asciiAt(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
}

/** Writes ASCII text at `offset`. */
export function setAscii(bytes: Uint8Array, offset: number, text: string): void {
  bytes.set(Buffer.from(text, 'latin1'), offset);
}

/** Reads a 64-bit position or size. Throws {@link VhdError} `InvalidField` where a number can't hold it. */
export function safeUint64(fields: DataView, offset: number, field: string): number {
  const value = fields.getBigUint64(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new VhdError('InvalidField', `${field} is beyond 2^53`);
  return Number(value);
}

/** Throws {@link VhdError} `Truncated` unless there are at least `length` bytes. */
export function demandLength(bytes: Uint8Array, length: number, structure: string): void {
  if (bytes.byteLength < length) {
    throw new VhdError('Truncated', `${structure} has ${bytes.byteLength} of ${length} bytes`);
  }
}
