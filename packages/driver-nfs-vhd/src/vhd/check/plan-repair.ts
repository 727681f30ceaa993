import { BATMAP_HEADER_BYTES, batmapBytes, encodeEmptyBatmap } from '../batmap.js';
import { parseBlockTable, UNUSED_BLOCK } from '../block-table.js';
import { fieldsOf } from '../byte-fields.js';
import { FOOTER_BYTES } from '../footer.js';
import { type Readable, readExactly } from '../reader.js';
import { SECTOR_BYTES } from '../sizes.js';
import { batmapPosition } from './check-batmap.js';
import type { FooterCopies } from './check-footers.js';
import { type CheckedHeader, checkHeader } from './check-header.js';
import type { VhdReport } from './check-vhd.js';
import type { Finding, FindingCode } from './finding.js';
import { repairedFooter } from './repaired-footer.js';

/** Bytes to be put over others. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

/** What would be done, and what not. */
export interface RepairPlan {
  /** In the order in which they are to be written, each synced before the next. */
  readonly patches: readonly Patch[];
  readonly refused: readonly Refusal[];
}

/** A damage that is left as it is. */
export interface Refusal {
  readonly finding: Finding;
  readonly why: string;
}

/** What only a person can say. */
export interface RepairChoices {
  /** `no`: no host has the disk open, so that a killed footer may be written anew. Default `unknown`. */
  readonly inUse?: 'unknown' | 'no' | undefined;
  /** Which footer counts where they contradict each other. */
  readonly trust?: 'first' | 'last' | undefined;
}

/** With one of these, whatever is written may hit data: nothing is. */
const HANDS_OFF: ReadonlySet<FindingCode> = new Set([
  'BlockOutside',
  'BlocksOverlap',
  'BlockOverStructure',
  'LocatorOverStructure',
  'FixedDataMissing',
]);
const BATMAP: ReadonlySet<FindingCode> = new Set([
  'BatmapMissing',
  'BatmapDamaged',
  'BatmapBitWithoutBlock',
  'BatmapBitOverGaps',
]);

/** Decides what a repair writes. Only what has one right outcome, and what a choice was made for. */
export async function planRepair(
  file: Readable,
  report: VhdReport,
  footers: FooterCopies | undefined,
  choices: RepairChoices & { readonly nowMs: number },
): Promise<RepairPlan> {
  const { findings } = report;
  const stop = findings.find(({ code, risk }) => risk === 'disk' || HANDS_OFF.has(code));
  const counts = footers?.first ?? footers?.last;
  if (stop !== undefined || footers === undefined || counts === undefined) {
    const why = `${stop?.code ?? 'NoFooter'}: what is written could destroy data that are still there`;
    return { patches: [], refused: findings.map((finding) => ({ finding, why })) };
  }
  const footer = repairedFooter(footers, findings, choices);
  const batmap = await batmapPatches(file, counts, footers, findings);
  const patches = [...batmap.patches, ...footerPatches(footers, footer.bytes, report, choices)];
  const refusals = new Map([...footer.refused, ...batmap.refused]);
  const refused = findings.flatMap((finding) => {
    const why = refusals.get(finding.code) ?? unrepaired(finding, choices);
    return why === undefined ? [] : [{ finding, why }];
  });
  return { patches, refused };
}

function unrepaired(finding: Finding, { inUse, trust }: RepairChoices): string | undefined {
  if (finding.repair === 'none') return finding.remedy;
  if (finding.code === 'LastFooterKilled') return inUse === 'no' ? undefined : finding.remedy;
  if (finding.repair === 'choice') return trust === undefined ? finding.remedy : undefined;
  return undefined;
}

function footerPatches(
  footers: FooterCopies,
  wanted: Uint8Array | undefined,
  { type, findings }: VhdReport,
  { inUse }: RepairChoices,
): readonly Patch[] {
  if (wanted === undefined) return [];
  const killed = findings.some(({ code }) => code === 'LastFooterKilled') && inUse !== 'no';
  const patches: Patch[] = [];
  const short = findings.some(({ code }) => code === 'LastFooterShort');
  if (!killed && (short || !same(footers.last, wanted))) {
    patches.push({ position: footers.lastPosition, bytes: wanted, why: 'the last footer' });
  }
  if (type !== 'fixed' && !same(footers.first, wanted)) {
    patches.push({ position: 0, bytes: wanted, why: 'the first footer' });
  }
  return patches;
}

function same(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}

async function batmapPatches(
  file: Readable,
  footer: Uint8Array,
  footers: FooterCopies,
  findings: readonly Finding[],
): Promise<{
  readonly patches: readonly Patch[];
  readonly refused: ReadonlyMap<FindingCode, string>;
}> {
  const wrong = findings.filter(({ code }) => BATMAP.has(code));
  const header = await checkHeader(file, footers, footer, () => undefined);
  if (wrong.length === 0 || header === undefined) return { patches: [], refused: new Map() };
  const position = batmapPosition(header);
  const missing = wrong.some(({ code }) => code === 'BatmapMissing');
  const map = new Uint8Array(batmapBytes(header.tableEntries));
  const mapOffset = missing
    ? position + BATMAP_HEADER_BYTES
    : Number(fieldsOf(await readExactly(file, position, BATMAP_HEADER_BYTES)).getBigUint64(8));
  const end = mapOffset + map.byteLength;
  if (missing && !(await isFree(file, header, position, end, footers.dataEnd))) {
    const why = 'There is no room for one before the data; `convert` makes a file with it.';
    return { patches: [], refused: new Map([['BatmapMissing', why]]) };
  }
  const why = 'an empty batmap, which is always right';
  // The map first: until the header follows, its checksum tells that something is wrong.
  return {
    patches: [
      { position: mapOffset, bytes: map, why },
      { position, bytes: encodeEmptyBatmap(mapOffset, header.tableEntries), why },
    ],
    refused: new Map(),
  };
}

async function isFree(
  file: Readable,
  { tableOffset, tableEntries, blockBytes, regions }: CheckedHeader,
  start: number,
  end: number,
  dataEnd: number,
): Promise<boolean> {
  if (end > dataEnd - FOOTER_BYTES) return false;
  if (regions.some((region) => region.start < end && start < region.end)) return false;
  const bytes = await readExactly(file, tableOffset, tableEntries * 4);
  return parseBlockTable(bytes, tableEntries).every((sector) => {
    const at = sector * SECTOR_BYTES;
    return sector === UNUSED_BLOCK || at >= end || at + SECTOR_BYTES + blockBytes <= start;
  });
}
