import { MAX_VIRTUAL_BYTES } from '../../vhd/sizes.js';
import { contentInvalid } from '../remote-failures.js';

/** What of a qcow2 header is needed to read the disk. Numbers are in bytes. */
export interface Qcow2Header {
  readonly virtualBytes: number;
  readonly clusterBits: number;
  readonly tableOffset: number;
  readonly tableEntries: number;
}

/** The longest part of a header that is read here. */
export const QCOW2_HEADER_BYTES = 112;
/** qemu's own limit. */
const LARGEST_TABLE_BYTES = 32 * 1024 * 1024;
/** Images that were not closed properly: only counts of references, which readers don't need, may be wrong. */
const DIRTY = 1n;

/**
 * Reads a qcow2 header (docs/interop/qcow2.rst of qemu). Throws `invalid` for what can't be imported: with a backing file,
 * with its data in another file, encrypted, damaged, or of a kind this reader does not know.
 */
export function parseQcow2Header(bytes: Buffer): Qcow2Header {
  if (bytes.byteLength < 72 || bytes.readUInt32BE(0) !== 0x514649fb) throw damaged('no header');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw unsupported(`version ${version}`);
  if (bytes.readBigUInt64BE(8) !== 0n)
    throw contentInvalid('ContentIncomplete', 'the qcow2 needs a backing file, and no image may');
  if (bytes.readUInt32BE(32) !== 0) throw unsupported('encryption');
  demandKnownFeatures(bytes, version);
  const clusterBits = bytes.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw damaged(`clusters of 2^${clusterBits} bytes`);
  const virtualBytes = numberOf(bytes.readBigUInt64BE(24), 'its size');
  if (virtualBytes === 0 || virtualBytes % 512 !== 0 || virtualBytes > MAX_VIRTUAL_BYTES)
    throw damaged(`a disk of ${virtualBytes} bytes`);
  const tableEntries = bytes.readUInt32BE(36);
  const needed = Math.ceil(virtualBytes / 2 ** (clusterBits * 2 - 3));
  if (tableEntries < needed || tableEntries * 8 > LARGEST_TABLE_BYTES)
    throw damaged(`a table of ${tableEntries} entries`);
  const tableOffset = numberOf(bytes.readBigUInt64BE(40), 'its table');
  return { virtualBytes, clusterBits, tableOffset, tableEntries: needed };
}

function demandKnownFeatures(bytes: Buffer, version: number): void {
  if (version < 3 || bytes.byteLength < 104) return;
  const features = bytes.readBigUInt64BE(72);
  if ((features & 2n) !== 0n) throw damaged('it says so itself');
  if ((features & 4n) !== 0n)
    throw contentInvalid('ContentIncomplete', 'the qcow2 has its data in another file');
  if ((features & ~DIRTY) !== 0n)
    throw unsupported('features (zstd, or subclusters): convert it with -o compat=1.1');
}

function numberOf(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`${what} is beyond any file`);
  return Number(value);
}

function damaged(why: string): Error {
  return contentInvalid('ContentDamaged', `the qcow2 can’t be read: ${why}`);
}

function unsupported(what: string): Error {
  return contentInvalid('FormatUnsupported', `qcow2 with ${what} is not imported`);
}
