import { vhdChecksum } from '../vhd/checksum.js';
import { SECTOR_BYTES } from '../vhd/sizes.js';

/** What an image was imported from. */
export interface ContentFacts {
  /** SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string;
  readonly contentBytes: number;
}

const COOKIE = 'gdimport';
const VERSION = 1;
const CHECKSUM_AT = 12;
const DIGEST_AT = 16;
const LENGTH_AT = 48;

/**
 * The facts as one sector, which lies right before the last footer of an image's VHD: behind all blocks, where no reader
 * looks. So they are published with the image in one step, move with it and go with it.
 */
export function encodeFacts({ sha256, contentBytes }: ContentFacts): Uint8Array {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.write(COOKIE, 0, 'latin1');
  bytes.writeUInt32BE(VERSION, 8);
  bytes.write(sha256, DIGEST_AT, 'hex');
  bytes.writeBigUInt64BE(BigInt(contentBytes), LENGTH_AT);
  bytes.writeUInt32BE(vhdChecksum(bytes, CHECKSUM_AT), CHECKSUM_AT);
  return bytes;
}

/** Reads the sector; absent where it holds no facts. */
export function parseFacts(bytes: Buffer): ContentFacts | undefined {
  if (bytes.byteLength < SECTOR_BYTES || bytes.toString('latin1', 0, 8) !== COOKIE)
    return undefined;
  if (bytes.readUInt32BE(8) !== VERSION) return undefined;
  if (bytes.readUInt32BE(CHECKSUM_AT) !== vhdChecksum(bytes, CHECKSUM_AT)) return undefined;
  return {
    sha256: bytes.toString('hex', DIGEST_AT, LENGTH_AT),
    contentBytes: Number(bytes.readBigUInt64BE(LENGTH_AT)),
  };
}
