import { blockTableBytes, parseBlockTable } from './block-table.js';
import { FOOTER_BYTES, type ParsedFooter } from './footer.js';
import { type FooterReading, type Footers, readFooters } from './footers.js';
import { HEADER_BYTES, type Header, type ParentReference, parseHeader } from './header.js';
import { type Readable, readExactly } from './reader.js';
import { countPlacedBlocks, demandInside, type Region } from './regions.js';
import { SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';
import { virtualBytesOf } from './virtual-size.js';

/** The state of a copy of the footer: `differs` when it is sound and says something else than the one that counts. */
export type FooterState = 'sound' | 'short' | 'differs' | 'killed' | 'missing' | 'damaged';

/** A VHD as it was when it was opened. */
export type Vhd = FixedVhd | SparseVhd;

interface OpenedVhd {
  readonly file: Readable;
  /** The footer that counts: the first one where it is sound, for the last one is not there while a server runs. */
  readonly footer: ParsedFooter;
  /** What the guest sees, in bytes. */
  readonly virtualBytes: number;
  /** The 512 bytes of that footer, for copies of it. */
  readonly footerBytes: Uint8Array;
  readonly lastFooter: FooterState;
}

/** All data from byte 0, then the footer. */
export interface FixedVhd extends OpenedVhd {
  readonly kind: 'fixed';
}

/** A dynamic or differencing VHD. */
export interface SparseVhd extends OpenedVhd {
  readonly kind: 'sparse';
  readonly firstFooter: FooterState;
  readonly header: Header;
  /** For each block the sector of its bitmap, or `UNUSED_BLOCK`. */
  readonly table: Uint32Array;
  readonly allocatedBlocks: number;
  /** Everything that is no block, in bytes. */
  readonly regions: readonly Region[];
}

/**
 * Opens a VHD for reading, whoever wrote it: fixed, dynamic or differencing, with one sound footer of two, with the last
 * one killed, short or missing. Structure is checked (bounds, overlaps) so that no later read can leave the file. Reads
 * metadata only; memory is bounded by 60 MB whatever the file says, 16 MB of which are kept. Throws {@link VhdError}, and whatever
 * `file.readAt` throws.
 */
export async function openVhd(
  file: Readable,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Vhd> {
  const footers = await readFooters(file);
  options.signal?.throwIfAborted();
  const counts = theOneThatCounts(footers);
  return counts === footers.last && counts.footer.type === 'fixed'
    ? openFixed(file, counts)
    : openSparse(file, counts, footers);
}

/** What a VHD says of itself, without where its blocks are. */
export interface VhdDescribed {
  readonly footer: ParsedFooter;
  readonly virtualBytes: number;
  readonly parent: ParentReference | undefined;
}

/**
 * Reads what a VHD says of itself, by the same footer as {@link openVhd} and with the same errors, but for those of its
 * block table: that is not read, so any number of files may be looked at together.
 */
export async function describeVhd(file: Readable): Promise<VhdDescribed> {
  const footers = await readFooters(file);
  const counts = theOneThatCounts(footers);
  const { footer } = counts;
  if (counts === footers.last && footer.type === 'fixed') {
    const { virtualBytes } = openFixed(file, counts);
    return { footer, virtualBytes, parent: undefined };
  }
  const { header, virtualBytes } = await readShape(file, footer);
  return { footer, virtualBytes, parent: header.parent };
}

function theOneThatCounts(footers: Footers): SoundFooter {
  const { first, last } = footers;
  // The guest of a fixed disk may begin with the bytes of a VHD; then the footer at the end is the true one.
  if (last.kind === 'sound' && last.footer.type === 'fixed') return last;
  const counts = soundOne(first) ?? soundOne(last);
  if (counts === undefined) throw noFooter(footers);
  return counts;
}

function openFixed(file: Readable, { footer, bytes }: SoundFooter): FixedVhd {
  const virtualBytes = demandSectors(virtualBytesOf(footer));
  const dataBytes = file.sizeBytes - (file.sizeBytes % SECTOR_BYTES === 0 ? FOOTER_BYTES : 511);
  if (virtualBytes > dataBytes) {
    throw new VhdError(
      'Truncated',
      `a fixed disk of ${virtualBytes} bytes has ${dataBytes} bytes of data`,
    );
  }
  const lastFooter = file.sizeBytes % SECTOR_BYTES === 0 ? 'sound' : 'short';
  return { kind: 'fixed', file, footer, footerBytes: bytes, virtualBytes, lastFooter };
}

async function openSparse(
  file: Readable,
  { footer, bytes }: SoundFooter,
  footers: Footers,
): Promise<SparseVhd> {
  const { header, virtualBytes } = await readShape(file, footer);
  const { tableOffset, tableEntries, blockBytes } = header;
  const lastFooter = stateOf(footers.last, footer, file);
  const dataEnd = isThere(lastFooter) ? footers.lastPosition : file.sizeBytes;
  const regions = metadataRegions(header);
  demandInside(regions, dataEnd);
  const table = parseBlockTable(
    await readExactly(file, tableOffset, tableEntries * 4),
    tableEntries,
  );
  const allocatedBlocks = countPlacedBlocks(table, blockBytes, regions, dataEnd);
  const firstFooter = stateOf(footers.first, footer, file);
  return {
    kind: 'sparse',
    file,
    footer,
    footerBytes: bytes,
    virtualBytes,
    firstFooter,
    lastFooter,
    header,
    table,
    allocatedBlocks,
    regions,
  };
}

async function readShape(
  file: Readable,
  footer: ParsedFooter,
): Promise<{ readonly header: Header; readonly virtualBytes: number }> {
  const { type } = footer;
  if (type === 'fixed')
    throw new VhdError('Unsupported', 'a fixed VHD with a footer at its start only');
  const header = parseHeader(await readExactly(file, FOOTER_BYTES, HEADER_BYTES), type);
  const virtualBytes = demandSectors(virtualBytesOf(footer));
  if (header.tableEntries * header.blockBytes < virtualBytes) {
    throw new VhdError('InvalidField', 'the block table is too short for the virtual size');
  }
  return { header, virtualBytes };
}

type SoundFooter = Extract<FooterReading, { readonly kind: 'sound' }>;

function soundOne(reading: FooterReading): SoundFooter | undefined {
  return reading.kind === 'sound' ? reading : undefined;
}

function stateOf(reading: FooterReading, counts: ParsedFooter, file: Readable): FooterState {
  if (reading.kind !== 'sound') return reading.kind;
  if (!saysTheSame(reading.footer, counts)) return 'differs';
  return file.sizeBytes % SECTOR_BYTES === 0 ? 'sound' : 'short';
}

function isThere(state: FooterState): boolean {
  return state !== 'missing';
}

/** Whether two footers agree in what a reader goes by. */
export function saysTheSame(left: ParsedFooter, right: ParsedFooter): boolean {
  return (
    left.uuid === right.uuid &&
    left.virtualBytes === right.virtualBytes &&
    left.type === right.type &&
    left.visibility === right.visibility
  );
}

function demandSectors(bytes: number): number {
  if (bytes <= 0 || bytes % SECTOR_BYTES !== 0) {
    throw new VhdError('InvalidField', `a virtual size of ${bytes} bytes`);
  }
  return bytes;
}

function noFooter({ first, last }: Footers): VhdError {
  const damaged = [first, last].find((reading) => reading.kind === 'damaged');
  return damaged?.kind === 'damaged'
    ? damaged.error
    : new VhdError('NotAVhd', 'no VHD footer at the start or at the end of the file');
}

/** Where footer, header, table and locators lie. Throws {@link VhdError} `Overlap`. */
export function metadataRegions(header: Header): Region[] {
  const { tableOffset, tableEntries, locators } = header;
  const headEnd = FOOTER_BYTES + HEADER_BYTES;
  if (tableOffset < headEnd) {
    throw new VhdError('Overlap', 'the block table lies over the header');
  }
  return [
    { what: 'the header', start: 0, end: headEnd },
    {
      what: 'the block table',
      start: tableOffset,
      end: tableOffset + blockTableBytes(tableEntries),
    },
    ...locators.map(({ code, position, spaceBytes }) => ({
      what: `the locator ${code}`,
      start: position,
      end: position + spaceBytes,
    })),
  ];
}
