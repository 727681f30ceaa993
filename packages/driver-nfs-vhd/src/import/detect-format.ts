import type { ImageFormat } from '@gdcloud/core';
import { type Readable, readExactly } from '../vhd/reader.js';
import { contentInvalid } from './remote-failures.js';

/** A kind of content that can be imported. */
export type KnownFormat = Exclude<ImageFormat, 'auto'>;

/** How kinds of files begin that nobody's disk does, and that are not imported as they are. */
const OTHERS: readonly (readonly [magic: string, name: string])[] = [
  ['\x1f\x8b', 'gzip'],
  ['\xfd7zXZ\0', 'xz'],
  ['BZh', 'bzip2'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['PK\x03\x04', 'zip'],
  ['vhdxfile', 'VHDX'],
  ['<<< ', 'VDI'],
  ['<html', 'HTML'],
  ['<!DOCTYPE', 'HTML'],
  ['# Disk DescriptorFile', 'a VMDK’s description without its data'],
];

/** Finds out what content is by its first and last bytes. Throws `invalid` for what certainly is no disk. */
export async function detectFormat(file: Readable): Promise<KnownFormat> {
  const start = await textAt(file, 0, 512);
  if (start.startsWith('QFI\xfb')) return 'qcow2';
  if (start.startsWith('KDMV')) return 'vmdk';
  if (start.startsWith('conectix')) return 'vhd';
  for (const back of [512, 511]) {
    if ((await textAt(file, file.sizeBytes - back, 8)) === 'conectix') return 'vhd';
  }
  const other = OTHERS.find(([magic]) => start.startsWith(magic));
  if (other !== undefined)
    throw contentInvalid('FormatUnknown', `the content is ${other[1]}, which is no disk`);
  return 'raw';
}

async function textAt(file: Readable, position: number, length: number): Promise<string> {
  if (position < 0) return '';
  const bytes = await readExactly(file, position, Math.min(length, file.sizeBytes - position));
  return Buffer.from(bytes).toString('latin1');
}
