import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { DiskSource } from '../../vhd/disk-source.js';
import { type Readable, readExactly, readInto } from '../../vhd/reader.js';
import { clusterSource } from '../clusters.js';
import { contentInvalid } from '../remote-failures.js';
import { TableCache } from '../table-cache.js';
import { parseQcow2Header, QCOW2_HEADER_BYTES } from './qcow2-header.js';

const inflate = promisify(inflateRaw);

/** Tables that are kept: each is a cluster, 2 MiB at most. */
const TABLES_KEPT = 8;
const COMPRESSED = 1n << 62n;
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;

/**
 * Opens a qcow2 as a disk: allocated, zeroed and deflated clusters. Memory is bounded by 48 MiB of tables whatever it
 * says, and a deflated cluster never becomes longer than one. Snapshots inside are left out.
 */
export async function openQcow2(file: Readable): Promise<DiskSource> {
  const length = Math.min(QCOW2_HEADER_BYTES, file.sizeBytes);
  const header = parseQcow2Header(Buffer.from(await readExactly(file, 0, length)));
  const { clusterBits, tableEntries, tableOffset, virtualBytes } = header;
  const clusterBytes = 2 ** clusterBits;
  const perTable = clusterBytes / 8;
  const table = Buffer.from(await readExactly(file, tableOffset, tableEntries * 8));
  const tables = new TableCache(TABLES_KEPT, async (position) =>
    Buffer.from(await readExactly(file, position, clusterBytes)),
  );
  const tableAt = (index: number): number => Number(table.readBigUInt64BE(index * 8) & OFFSET_MASK);

  return clusterSource({
    virtualBytes,
    clusterBytes,
    perTable,
    mayHold: (index) => tableAt(index) !== 0,
    async read(cluster, target, offset) {
      const entries = await tables.at(tableAt(Math.floor(cluster / perTable)));
      const entry = entries.readBigUInt64BE((cluster % perTable) * 8);
      if ((entry & COMPRESSED) !== 0n) {
        const whole = await deflated(file, entry, clusterBits);
        target.set(whole.subarray(offset, offset + target.byteLength));
        return;
      }
      const position = Number(entry & OFFSET_MASK);
      if (position === 0 || (entry & 1n) !== 0n) target.fill(0);
      else await readCluster(file, target, position + offset);
    },
  });
}

// The last cluster of a file need not be written to its end.
async function readCluster(file: Readable, target: Uint8Array, position: number): Promise<void> {
  const there = Math.max(0, Math.min(target.byteLength, file.sizeBytes - position));
  if (there === 0) throw contentInvalid('ContentDamaged', 'a cluster lies behind the end');
  await readInto(file, target.subarray(0, there), position);
  target.fill(0, there);
}

async function deflated(file: Readable, entry: bigint, clusterBits: number): Promise<Buffer> {
  const clusterBytes = 2 ** clusterBits;
  const offsetBits = BigInt(62 - (clusterBits - 8));
  const position = Number(entry & ((1n << offsetBits) - 1n));
  const sectors = Number((entry & ~(3n << 62n)) >> offsetBits) + 1;
  const length = Math.min(sectors * 512 - (position % 512), file.sizeBytes - position);
  if (length <= 0) throw contentInvalid('ContentDamaged', 'a cluster lies behind the end');
  const bytes = await readExactly(file, position, length);
  try {
    // What follows in the last sector is another cluster's.
    const whole = await inflate(bytes, { maxOutputLength: clusterBytes, finishFlush: 2 });
    if (whole.byteLength === clusterBytes) return whole;
    throw new RangeError(`${whole.byteLength} bytes`);
  } catch (thrown) {
    throw contentInvalid('ContentDamaged', 'a deflated cluster is no whole one', thrown);
  }
}
