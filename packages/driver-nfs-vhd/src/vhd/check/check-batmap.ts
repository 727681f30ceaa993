import { BATMAP_HEADER_BYTES, BATMAP_VERSION, batmapBytes } from '../batmap.js';
import { blockTableBytes, UNUSED_BLOCK } from '../block-table.js';
import { fieldsOf, hasCookie } from '../byte-fields.js';
import { vhdChecksum } from '../checksum.js';
import { type Readable, readExactly } from '../reader.js';
import type { Region } from '../regions.js';
import { bitAt } from '../sector-bits.js';
import { SECTOR_BYTES, wholeSectors } from '../sizes.js';
import { creatorOf } from './check-footers.js';
import type { CheckedHeader } from './check-header.js';
import type { Report } from './finding.js';

/** A batmap that can be read. */
export interface CheckedBatmap {
  readonly map: Uint8Array;
  readonly region: Region;
}

/** Where XenServer looks for the header of the batmap. */
export function batmapPosition({ tableOffset, tableEntries }: CheckedHeader): number {
  return tableOffset + blockTableBytes(tableEntries);
}

/** Checks the batmap against its checksum and the block table; absent when there is none to read. */
export async function checkBatmap(
  file: Readable,
  footer: Uint8Array,
  header: CheckedHeader,
  table: Uint32Array,
  report: Report,
): Promise<CheckedBatmap | undefined> {
  const version = fieldsOf(footer).getUint32(32);
  if (creatorOf(footer) !== 'tap\0' || version < 0x0001_0000) return undefined;
  const position = batmapPosition(header);
  const say = (code: Parameters<Report>[0], detail: string): undefined => {
    report(code, { where: 'the batmap', position, detail });
  };
  const required = version >= 0x0001_0002;
  if (position + BATMAP_HEADER_BYTES > file.sizeBytes)
    return required ? say('BatmapOutside', `at byte ${position}`) : undefined;
  const bytes = await readExactly(file, position, BATMAP_HEADER_BYTES);
  if (!hasCookie(bytes, 0, 'tdbatmap'))
    return required ? say('BatmapMissing', 'no cookie') : undefined;
  const fields = fieldsOf(bytes);
  const mapBytes = fields.getUint32(16) * SECTOR_BYTES;
  const needed = Math.ceil(table.length / 8);
  if (mapBytes < needed || mapBytes > batmapBytes(table.length) + 2 ** 20)
    return say('BatmapSizeInvalid', `${mapBytes} bytes for ${table.length} blocks`);
  const offset = fields.getBigUint64(8);
  if (offset < BigInt(position) || offset + BigInt(mapBytes) > BigInt(file.sizeBytes))
    return say('BatmapOutside', `the map at byte ${offset}`);
  const start = Number(offset);
  const map = await readExactly(file, start, Math.min(mapBytes, batmapBytes(table.length)));
  const virtualBytes = Number(fieldsOf(footer).getBigUint64(48));
  // libvhd sums over the bytes of the virtual size, not of the table, and rounds down before it rounds up.
  const summed = map.subarray(0, wholeSectors(Math.floor(virtualBytes / 2 ** 24)));
  const stands = fields.getUint32(24);
  if (fields.getUint32(20) === BATMAP_VERSION && vhdChecksum(summed) !== stands)
    say(
      'BatmapDamaged',
      `checksum 0x${stands.toString(16)}, not 0x${vhdChecksum(summed).toString(16)}`,
    );
  const wrong = firstBitWithoutBlock(map, table);
  if (wrong !== undefined) say('BatmapBitWithoutBlock', `block ${wrong}`);
  return { map, region: { what: 'the batmap', start: position, end: start + mapBytes } };
}

function firstBitWithoutBlock(map: Uint8Array, table: Uint32Array): number | undefined {
  for (let block = 0; block < map.byteLength * 8; block += 1) {
    if (map[block >>> 3] === 0) block |= 7;
    else if (bitAt(map, block) === 1 && (table[block] ?? UNUSED_BLOCK) === UNUSED_BLOCK)
      return block;
  }
  return undefined;
}
