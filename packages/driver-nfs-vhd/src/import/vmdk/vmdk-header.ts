import { MAX_VIRTUAL_BYTES, SECTOR_BYTES } from '../../vhd/sizes.js';
import { contentInvalid } from '../remote-failures.js';

/** What of the header of a sparse VMDK is needed to read it. Sizes are in bytes. */
export interface VmdkHeader {
  readonly virtualBytes: number;
  readonly grainBytes: number;
  readonly perTable: number;
  /** `atEnd`: the header before the end of the file says it. */
  readonly directoryOffset: number | 'atEnd';
  readonly descriptorOffset: number;
  readonly descriptorBytes: number;
  readonly grains: 'plain' | 'deflated';
  /** Whether the entry 1 of a table stands for zeros. */
  readonly zeroEntries: 'yes' | 'no';
}

const AT_END = 0xffff_ffff_ffff_ffffn;
const LARGEST_DESCRIPTOR_BYTES = 1024 * 1024;

/**
 * Reads the header of a VMDK whose data are in the same file (Virtual Disk Format 5.0 of VMware): monolithic sparse and
 * stream-optimized. Throws `invalid` for others.
 */
export function parseVmdkHeader(bytes: Buffer): VmdkHeader {
  if (bytes.toString('latin1', 0, 4) !== 'KDMV') throw damaged('no header');
  const version = bytes.readUInt32LE(4);
  if (version < 1 || version > 3) throw damaged(`version ${version}`);
  const flags = bytes.readUInt32LE(8);
  const virtualBytes = sectors(bytes, 12);
  const grainBytes = sectors(bytes, 20);
  const perTable = bytes.readUInt32LE(44);
  if (virtualBytes === 0 || virtualBytes > MAX_VIRTUAL_BYTES)
    throw damaged(`a disk of ${virtualBytes} bytes`);
  if (grainBytes < 4096 || grainBytes > 2 ** 21 || !isPowerOfTwo(grainBytes))
    throw damaged(`grains of ${grainBytes} bytes`);
  if (perTable === 0 || perTable > 4096) throw damaged(`tables of ${perTable} entries`);
  const descriptorBytes = sectors(bytes, 36);
  if (descriptorBytes > LARGEST_DESCRIPTOR_BYTES) throw damaged('a description that is too long');
  const compressed = (flags & 0x10000) !== 0;
  if (compressed && bytes.readUInt16LE(77) !== 1) throw damaged('an unknown compression');
  return {
    virtualBytes,
    grainBytes,
    perTable,
    directoryOffset: bytes.readBigUInt64LE(56) === AT_END ? 'atEnd' : sectors(bytes, 56),
    descriptorOffset: sectors(bytes, 28),
    descriptorBytes,
    grains: compressed ? 'deflated' : 'plain',
    zeroEntries: (flags & 4) === 0 ? 'no' : 'yes',
  };
}

/** Throws `invalid` for a disk that is not in this one file alone. */
export function demandAlone(descriptor: string): void {
  const parent = /^parentCID\s*=\s*([0-9a-f]+)/im.exec(descriptor)?.[1];
  if (
    /^parentFileNameHint/im.test(descriptor) ||
    (parent ?? 'ffffffff').toLowerCase() !== 'ffffffff'
  )
    throw contentInvalid('ContentIncomplete', 'the VMDK needs a parent, and no image may');
  const kind = /^createType\s*=\s*"([^"]*)"/im.exec(descriptor)?.[1] ?? 'monolithicSparse';
  if (kind !== 'monolithicSparse' && kind !== 'streamOptimized')
    throw contentInvalid('FormatUnsupported', 'the VMDK has its data in other files');
}

function sectors(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > 2n ** 43n) throw damaged('a place beyond any file');
  return Number(value) * SECTOR_BYTES;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

function damaged(why: string): Error {
  return contentInvalid('ContentDamaged', `the VMDK can’t be read: ${why}`);
}
