import { promisify } from 'node:util';
import { inflate as inflateZlib } from 'node:zlib';
import type { DiskSource } from '../../vhd/disk-source.js';
import { type Readable, readExactly, readInto } from '../../vhd/reader.js';
import { SECTOR_BYTES } from '../../vhd/sizes.js';
import { clusterSource } from '../clusters.js';
import { contentInvalid } from '../remote-failures.js';
import { TableCache } from '../table-cache.js';
import { demandAlone, parseVmdkHeader, type VmdkHeader } from './vmdk-header.js';

const inflate = promisify(inflateZlib);

const TABLES_KEPT = 64;
/** Before the data of a deflated grain: its place on the disk, and how long it is. */
const MARKER_BYTES = 12;
/** The header that a stream ends with lies before its last marker. */
const FOOTER_FROM_END = 1024;

/**
 * Opens a sparse VMDK as a disk: monolithic ones and stream-optimized ones, whose grains are deflated. Extents and
 * parents are never looked for. A deflated grain never becomes longer than one.
 */
export async function openVmdk(file: Readable): Promise<DiskSource> {
  const header = await readHeader(file);
  const { virtualBytes, grainBytes, perTable } = header;
  const grains = Math.ceil(virtualBytes / grainBytes);
  if (typeof header.directoryOffset !== 'number') throw damaged('no directory');
  const directoryBytes = Math.ceil(grains / perTable) * 4;
  const directory = Buffer.from(await readExactly(file, header.directoryOffset, directoryBytes));
  const tables = new TableCache(TABLES_KEPT, async (position) =>
    Buffer.from(await readExactly(file, position, perTable * 4)),
  );
  const tableAt = (index: number): number => directory.readUInt32LE(index * 4) * SECTOR_BYTES;

  return clusterSource({
    virtualBytes,
    clusterBytes: grainBytes,
    perTable,
    mayHold: (index) => tableAt(index) !== 0,
    async read(grain, target, offset) {
      const entry = (await tables.at(tableAt(Math.floor(grain / perTable)))).readUInt32LE(
        (grain % perTable) * 4,
      );
      const position = entry * SECTOR_BYTES;
      if (entry === 0 || (entry === 1 && header.zeroEntries === 'yes')) target.fill(0);
      else if (header.grains === 'plain') await readInto(file, target, position + offset);
      else {
        const whole = await deflated(file, position, grainBytes);
        // The last grain of a disk may be shorter than the others.
        const part = whole.subarray(offset, offset + target.byteLength);
        target.set(part);
        target.fill(0, part.byteLength);
      }
    },
  });
}

async function readHeader(file: Readable): Promise<VmdkHeader> {
  const first = parseVmdkHeader(Buffer.from(await readExactly(file, 0, SECTOR_BYTES)));
  const last =
    first.directoryOffset === 'atEnd'
      ? parseVmdkHeader(
          Buffer.from(await readExactly(file, file.sizeBytes - FOOTER_FROM_END, SECTOR_BYTES)),
        )
      : first;
  for (const { descriptorOffset, descriptorBytes } of new Set([first, last])) {
    if (descriptorBytes === 0) continue;
    const bytes = await readExactly(file, descriptorOffset, descriptorBytes);
    demandAlone(Buffer.from(bytes).toString('latin1').split('\0')[0] ?? '');
  }
  return last;
}

async function deflated(file: Readable, position: number, grainBytes: number): Promise<Buffer> {
  const length = Buffer.from(await readExactly(file, position, MARKER_BYTES)).readUInt32LE(8);
  if (length > grainBytes * 2) throw damaged('a grain that is too long');
  const bytes = await readExactly(file, position + MARKER_BYTES, length);
  try {
    return await inflate(bytes, { maxOutputLength: grainBytes });
  } catch (thrown) {
    throw contentInvalid('ContentDamaged', 'a deflated grain is no whole one', thrown);
  }
}

function damaged(why: string): Error {
  return contentInvalid('ContentDamaged', `the VMDK can’t be read: ${why}`);
}
