import { parseBlockTable } from '../block-table.js';
import { fieldsOf, hasCookie } from '../byte-fields.js';
import { FOOTER_BYTES } from '../footer.js';
import { type LongOperation, progressOf } from '../progress.js';
import { type Readable, readExactly } from '../reader.js';
import { SECTOR_BYTES } from '../sizes.js';
import { checkBatmap } from './check-batmap.js';
import { checkBitmaps } from './check-bitmaps.js';
import { checkBlocks, MOST_ALIKE } from './check-blocks.js';
import { checkFooters, type FooterCopies } from './check-footers.js';
import { checkHeader } from './check-header.js';
import type { Finding, FindingCode, Report } from './finding.js';
import { VERDICTS } from './verdicts.js';

/** How a VHD is checked. */
export interface CheckOptions extends LongOperation {
  /** `structure` reads metadata only, `bitmaps` (default) one sector a block more, `data` everything. */
  readonly depth?: 'structure' | 'bitmaps' | 'data' | undefined;
  /** Milliseconds since 1970, to tell creation times in the future. */
  readonly nowMs: number;
}

/** What a check found. */
export interface VhdReport {
  /** In the order in which they were found; at most 100 of a kind. */
  readonly findings: readonly Finding[];
  /** Nothing at stake: `findings` may still name what other tools complain about. */
  readonly verdict: 'sound' | 'degraded' | 'damaged' | 'unreadable';
  /** Absent where nothing can be gone by. */
  readonly type?: 'fixed' | 'dynamic' | 'differencing' | undefined;
  readonly allocatedBlocks: number;
}

/**
 * Checks a VHD, whoever wrote it and however damaged, and tells for each damage what kind it is, where, what it means and
 * what is at stake. Never throws for what the file says; only for what `file.readAt` throws on its metadata, and the
 * signal's reason. Memory is bounded by 130 MB whatever the file says; for blocks of 2 MiB and up to 2040 GiB by 40 MB.
 */
export async function checkVhd(file: Readable, options: CheckOptions): Promise<VhdReport> {
  const findings: Finding[] = [];
  const counts = new Map<FindingCode, number>();
  const report: Report = (code, place) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= MOST_ALIKE) findings.push({ code, ...place, ...VERDICTS[code] });
  };
  const footers = await checkFooters(file, report, options.nowMs);
  const footer = footers?.first ?? footers?.last;
  if (footers === undefined || footer === undefined) return reportOf(findings, 0);
  const type = typeOf(footer);
  if (type === undefined) return reportOf(findings, 0);
  if (type === 'fixed') {
    checkFixed(file, footer, footers, report);
    return reportOf(findings, 0, type);
  }
  const allocated = await checkSparse(file, footer, footers, report, options);
  return reportOf(findings, allocated, type);
}

async function checkSparse(
  file: Readable,
  footer: Uint8Array,
  footers: FooterCopies,
  report: Report,
  options: CheckOptions,
): Promise<number> {
  const header = await checkHeader(file, footers, footer, report);
  if (header === undefined) return 0;
  const { tableOffset, tableEntries, blockBytes } = header;
  const table = parseBlockTable(
    await readExactly(file, tableOffset, tableEntries * 4),
    tableEntries,
  );
  options.signal?.throwIfAborted();
  const batmap = await checkBatmap(file, footer, header, table, report);
  const regions = batmap === undefined ? header.regions : [...header.regions, batmap.region];
  const virtualBytes = Number(fieldsOf(footer).getBigUint64(48));
  const blocks = checkBlocks(
    table,
    { ...header, regions },
    { dataEnd: footers.dataEnd, virtualBytes },
    report,
  );
  await checkEnd(file, footers, blocks, report);
  const { depth = 'bitmaps' } = options;
  if (depth !== 'structure') {
    await checkBitmaps(
      file,
      {
        blocks: blocks.readable,
        table,
        blockBytes,
        differencing: fieldsOf(footer).getUint32(60) === 4,
        batmap: batmap?.map,
        depth,
        signal: options.signal,
        told: progressOf(blocks.readable.length * blockBytes, options),
      },
      report,
    );
  }
  return blocks.readable.length;
}

function checkFixed(
  file: Readable,
  footer: Uint8Array,
  { dataEnd }: FooterCopies,
  report: Report,
): void {
  const size = fieldsOf(footer).getBigUint64(48);
  if (size > BigInt(dataEnd)) {
    report('FixedDataMissing', {
      where: 'the data',
      position: Math.min(dataEnd, file.sizeBytes),
      detail: `${dataEnd} of ${size} bytes`,
    });
  }
}

async function checkEnd(
  file: Readable,
  { last, dataEnd }: FooterCopies,
  blocks: { readonly end: number; readonly unusedBytes: number },
  report: Report,
): Promise<void> {
  if (last === undefined) {
    const position = await misplacedFooter(file, blocks.end);
    if (position !== undefined) {
      const detail = `${file.sizeBytes - position - FOOTER_BYTES} bytes follow`;
      report('LastFooterMisplaced', { where: 'the last footer', position, detail });
    }
  }
  if (blocks.unusedBytes > 0) {
    const detail = `${blocks.unusedBytes} bytes up to ${dataEnd}`;
    report('SpaceUnused', { where: 'the end of the file', position: blocks.end, detail });
  }
}

/** Where the footer is that should be at the end: right behind what is used, or within a page of it. */
async function misplacedFooter(file: Readable, end: number): Promise<number | undefined> {
  for (let position = end; position < end + 4096; position += SECTOR_BYTES) {
    if (position + FOOTER_BYTES > file.sizeBytes) return undefined;
    const bytes = await readExactly(file, position, FOOTER_BYTES);
    if (hasCookie(bytes, 0, 'conectix') && position + FOOTER_BYTES < file.sizeBytes)
      return position;
  }
  return undefined;
}

function typeOf(footer: Uint8Array): VhdReport['type'] {
  switch (fieldsOf(footer).getUint32(60)) {
    case 2:
      return 'fixed';
    case 3:
      return 'dynamic';
    case 4:
      return 'differencing';
    default:
      return undefined;
  }
}

function reportOf(
  findings: readonly Finding[],
  allocatedBlocks: number,
  type?: VhdReport['type'],
): VhdReport {
  const has = (risk: Finding['risk']): boolean => findings.some((finding) => finding.risk === risk);
  const verdict = has('disk')
    ? 'unreadable'
    : has('data')
      ? 'damaged'
      : has('redundancy')
        ? 'degraded'
        : 'sound';
  return { findings, verdict, type, allocatedBlocks };
}
