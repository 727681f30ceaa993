/** How a client wants its pixels: RFC 6143 section 7.4, true colours only. */
export interface PixelFormat {
  readonly bitsPerPixel: 8 | 16 | 32;
  readonly bigEndian: boolean;
  /** Largest value and position of each of red, green and blue. */
  readonly maxima: readonly [number, number, number];
  readonly shifts: readonly [number, number, number];
}

/** Eight bits a colour in 32, as most clients have it. */
export const NATURAL: PixelFormat = {
  bitsPerPixel: 32,
  bigEndian: false,
  maxima: [255, 255, 255],
  shifts: [16, 8, 0],
};

/** The 16 bytes that tell a format. */
export function encodeFormat({ bitsPerPixel, bigEndian, maxima, shifts }: PixelFormat): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([bitsPerPixel, bitsPerPixel === 32 ? 24 : bitsPerPixel, bigEndian ? 1 : 0, 1]);
  maxima.forEach((maximum, index) => {
    bytes.writeUInt16BE(maximum, 4 + 2 * index);
  });
  bytes.set(shifts, 10);
  return bytes;
}

/** Reads 16 bytes; undefined for a format that is not offered here. */
export function decodeFormat(bytes: Buffer): PixelFormat | undefined {
  const bitsPerPixel = bytes[0];
  if (bitsPerPixel !== 8 && bitsPerPixel !== 16 && bitsPerPixel !== 32) return undefined;
  if (bytes[3] === 0) return undefined;
  return {
    bitsPerPixel,
    bigEndian: bytes[2] !== 0,
    maxima: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shifts: [(bytes[10] ?? 0) & 31, (bytes[11] ?? 0) & 31, (bytes[12] ?? 0) & 31],
  };
}

/** One pixel of a colour whose parts are 0–255. */
export function encodePixel(
  format: PixelFormat,
  colour: readonly [number, number, number],
): Buffer {
  const value = colour.reduce((sum, part, index) => {
    const scaled = Math.round((part * (format.maxima[index] ?? 0)) / 255);
    return (sum | (scaled << (format.shifts[index] ?? 0))) >>> 0;
  }, 0);
  const bytes = Buffer.alloc(format.bitsPerPixel / 8);
  const kept = format.bitsPerPixel === 32 ? value : value & (2 ** format.bitsPerPixel - 1);
  if (format.bigEndian) bytes.writeUIntBE(kept, 0, bytes.length);
  else bytes.writeUIntLE(kept, 0, bytes.length);
  return bytes;
}
