import {
  BATMAP_HEADER_BYTES,
  BATMAP_VERSION,
  type Batmap,
  batmapBytes,
  parseBatmap,
} from './batmap.js';
import { blockTableBytes, parseBlockTable, UNUSED_BLOCK } from './block-table.js';
import { vhdChecksum } from './checksum.js';
import { FOOTER_BYTES, parseFooter } from './footer.js';
import { HEADER_BYTES } from './header.js';
import { readVhdHead, type VhdHead } from './read-head.js';
import { type Readable, readExactly } from './reader.js';
import { countPlacedBlocks, demandInside, type Region } from './regions.js';
import { wholeSectors } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** What a sound VHD is, structure checked, data not read. */
export interface VhdSummary extends VhdHead {
  readonly allocatedBlocks: number;
  readonly batmap: 'present' | 'absent';
  /**
   * `complete`: the copies of the footer agree. `killed`: XenServer has the file open for writing. `missing`: no footer
   * at the end; a writer died, or has the file open and has appended since.
   */
  readonly tail: 'complete' | 'killed' | 'missing';
}

/**
 * Checks a dynamic or differencing VHD's structure: both footers, header, block table (bounds, overlaps), batmap
 * (checksum, no bit for an unused block). Reads metadata only; memory is bounded by 60 MB whatever the file says.
 * Throws {@link VhdError} for the first thing that is wrong, and whatever `file.readAt` throws.
 */
export async function inspectVhd(
  file: Readable,
  options: { readonly signal?: AbortSignal } = {},
): Promise<VhdSummary> {
  const head = await readVhdHead(file);
  options.signal?.throwIfAborted();
  const tail = await inspectTail(file, head);
  const dataEnd = tail === 'missing' ? file.sizeBytes : file.sizeBytes - FOOTER_BYTES;

  const regions = metadataRegions(head);
  demandInside(regions, dataEnd);
  const { tableOffset, tableEntries, blockBytes } = head.header;
  const table = parseBlockTable(
    await readExactly(file, tableOffset, tableEntries * 4),
    tableEntries,
  );
  options.signal?.throwIfAborted();

  const batmap = await readBatmap(file, head);
  if (batmap !== undefined) {
    regions.push({
      what: 'the batmap',
      start: batmap.mapOffset,
      end: batmap.mapOffset + batmap.mapBytes,
    });
    demandInside(regions, dataEnd);
    await inspectBatmap(file, head, batmap, table);
  }
  const allocatedBlocks = countPlacedBlocks(table, blockBytes, regions, dataEnd);
  return { ...head, allocatedBlocks, batmap: batmap === undefined ? 'absent' : 'present', tail };
}

async function inspectTail(file: Readable, head: VhdHead): Promise<VhdSummary['tail']> {
  const bytes = await readExactly(file, file.sizeBytes - FOOTER_BYTES, FOOTER_BYTES);
  if (bytes.every((byte) => byte === 0xc7)) return 'killed';
  try {
    const tail = parseFooter(bytes);
    if (tail.uuid !== head.footer.uuid || tail.virtualBytes !== head.footer.virtualBytes) {
      throw new VhdError(
        'FootersDiffer',
        'the footers at the start and at the end say different things',
      );
    }
    return 'complete';
  } catch (thrown) {
    if (!(thrown instanceof VhdError)) throw thrown;
    if (thrown.code === 'NotAVhd') return 'missing';
    if (thrown.code === 'FooterChecksum') {
      throw new VhdError('TailFooterChecksum', 'the footer at the end does not match its checksum');
    }
    throw thrown;
  }
}

function metadataRegions(head: VhdHead): Region[] {
  const { tableOffset, tableEntries, locators } = head.header;
  const regions: Region[] = [{ what: 'the header', start: 0, end: FOOTER_BYTES + HEADER_BYTES }];
  if (tableOffset < FOOTER_BYTES + HEADER_BYTES) {
    throw new VhdError('Overlap', 'the block table lies over the header');
  }
  regions.push({
    what: 'the block table',
    start: tableOffset,
    end: tableOffset + blockTableBytes(tableEntries),
  });
  for (const { code, position, spaceBytes } of locators) {
    regions.push({ what: `the locator ${code}`, start: position, end: position + spaceBytes });
  }
  return regions;
}

async function readBatmap(file: Readable, head: VhdHead): Promise<Batmap | undefined> {
  const { tableOffset, tableEntries } = head.header;
  const { major, minor } = head.footer.creatorVersion;
  // Only XenServer's writers have one, from 1.2 on always; its place is computed, not stored.
  if (head.footer.creator !== 'tap\0' || major !== 1) return undefined;
  const position = tableOffset + blockTableBytes(tableEntries);
  const found = parseBatmap(await readExactly(file, position, BATMAP_HEADER_BYTES), tableEntries);
  if (found === undefined && minor >= 2) throw new VhdError('NotAVhd', 'the batmap is missing');
  return found;
}

async function inspectBatmap(
  file: Readable,
  head: VhdHead,
  batmap: Batmap,
  table: Uint32Array,
): Promise<void> {
  const map = await readExactly(
    file,
    batmap.mapOffset,
    Math.min(batmap.mapBytes, batmapBytes(table.length)),
  );
  // libvhd sums over the bytes of the virtual size, not of the table, and rounds down before it rounds up.
  const summed = Math.min(
    wholeSectors(Math.floor(head.footer.virtualBytes / 2 ** 24)),
    map.byteLength,
  );
  if (
    batmap.version === BATMAP_VERSION &&
    vhdChecksum(map.subarray(0, summed)) !== batmap.checksum
  ) {
    throw new VhdError('BatmapChecksum', 'the batmap does not match its checksum');
  }
  for (const [index, byte] of map.entries()) {
    if (byte === 0) continue;
    for (let bit = 0; bit < 8; bit += 1) {
      const entry = table[index * 8 + bit];
      if ((byte & (0x80 >> bit)) !== 0 && (entry === undefined || entry === UNUSED_BLOCK)) {
        throw new VhdError(
          'InvalidField',
          `the batmap has a bit for unused block ${index * 8 + bit}`,
        );
      }
    }
  }
}

/** The text of a parent locator as it stands in the file, for diagnosis; UTF-8 for `MacX`, UTF-16LE otherwise. */
export async function readLocatorText(
  file: Readable,
  locator: { readonly code: string; readonly position: number; readonly lengthBytes: number },
): Promise<string> {
  // A path of more than 64 KiB is no path.
  const bytes = await readExactly(file, locator.position, Math.min(locator.lengthBytes, 65_536));
  return locator.code === 'MacX'
    ? Buffer.from(bytes).toString('utf8')
    : Buffer.from(bytes).toString('utf16le');
}
