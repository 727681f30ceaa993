/** Bytes of a sector. */
export const SECTOR = 2048;

/** How many whole sectors hold so many bytes. */
export function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / SECTOR);
}

/** A number in four bytes, least significant first, and again the other way round (ECMA-119 7.3.3). */
export function setBoth32(target: Buffer, position: number, value: number): void {
  target.writeUInt32LE(value, position);
  target.writeUInt32BE(value, position + 4);
}

/** A number in two bytes, both ways round (ECMA-119 7.2.3). */
export function setBoth16(target: Buffer, position: number, value: number): void {
  target.writeUInt16LE(value, position);
  target.writeUInt16BE(value, position + 2);
}

/** Text in the characters of one of the two trees. */
export type Encoding = (text: string) => Buffer;

/** Plain ISO 9660. */
export const plainText: Encoding = (text) => Buffer.from(text, 'latin1');

/** Joliet: two bytes a character, most significant first. */
export const jolietText: Encoding = (text) => Buffer.from(text, 'utf16le').swap16();

/** Text padded with spaces to a field's length. Throws RangeError where it is longer. */
export function padded(encode: Encoding, text: string, length: number): Buffer {
  const bytes = encode(text);
  if (bytes.length > length) throw new RangeError(`${text} does not fit in ${length} bytes`);
  const space = encode(' ');
  const field = Buffer.alloc(length);
  for (let at = 0; at + space.length <= length; at += space.length) field.set(space, at);
  field.set(bytes, 0);
  return field;
}
