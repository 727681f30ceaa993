import { blockTableBytes } from '../block-table.js';
import { asciiAt, fieldsOf, hasCookie } from '../byte-fields.js';
import { vhdChecksum } from '../checksum.js';
import { FOOTER_BYTES } from '../footer.js';
import { BLOCK_SIZES, HEADER_BYTES, MOST_TABLE_ENTRIES } from '../header.js';
import { LOCATOR_ENTRIES, LOCATOR_ENTRY_BYTES } from '../parent-locator.js';
import { type Readable, readExactly } from '../reader.js';
import type { Region } from '../regions.js';
import { SECTOR_BYTES } from '../sizes.js';
import type { FooterCopies } from './check-footers.js';
import { wrongChecksum } from './check-footers.js';
import type { Report } from './finding.js';

/** What the header says, as far as it can be gone by. */
export interface CheckedHeader {
  readonly tableOffset: number;
  readonly tableEntries: number;
  readonly blockBytes: number;
  /** Everything that is no block. */
  readonly regions: readonly Region[];
}

const WHERE = 'the header';

/** Checks header and locators; absent when the block table can't be found by it. */
export async function checkHeader(
  file: Readable,
  { dataEnd }: FooterCopies,
  footer: Uint8Array,
  report: Report,
): Promise<CheckedHeader | undefined> {
  const say = (code: Parameters<Report>[0], detail: string): undefined => {
    report(code, { where: WHERE, position: FOOTER_BYTES, detail });
  };
  if (file.sizeBytes < FOOTER_BYTES + HEADER_BYTES)
    return say('HeaderMissing', 'the file ends before');
  const bytes = await readExactly(file, FOOTER_BYTES, HEADER_BYTES);
  const fields = fieldsOf(bytes);
  if (!hasCookie(bytes, 0, 'cxsparse')) return say('HeaderMissing', 'no cookie');
  if (fields.getUint32(36) !== vhdChecksum(bytes, 36))
    return say('HeaderDamaged', wrongChecksum(bytes, 36));
  if (fields.getUint16(24) !== 1)
    return say('HeaderVersion', `0x${fields.getUint32(24).toString(16)}`);
  const blockBytes = fields.getUint32(32);
  if (!BLOCK_SIZES.includes(blockBytes)) return say('BlockSizeUnsupported', `${blockBytes} bytes`);
  const tableEntries = fields.getUint32(28);
  if (tableEntries === 0 || tableEntries > MOST_TABLE_ENTRIES)
    return say('TableSizeInvalid', `${tableEntries} entries`);
  const offset = fields.getBigUint64(16);
  if (offset % BigInt(SECTOR_BYTES) !== 0n) return say('TableMisaligned', `at byte ${offset}`);
  if (offset < BigInt(FOOTER_BYTES + HEADER_BYTES))
    return say('TableOverHeader', `at byte ${offset}`);
  if (offset + BigInt(tableEntries * 4) > BigInt(dataEnd))
    return say('TableOutside', `at byte ${offset}, the data end at ${dataEnd}`);
  if (BigInt(tableEntries) * BigInt(blockBytes) < fieldsOf(footer).getBigUint64(48))
    return say('TableTooShort', `${tableEntries} entries`);
  const tableOffset = Number(offset);
  const structures: Region[] = [
    { what: WHERE, start: 0, end: FOOTER_BYTES + HEADER_BYTES },
    {
      what: 'the block table',
      start: tableOffset,
      end: Math.min(dataEnd, tableOffset + blockTableBytes(tableEntries)),
    },
  ];
  const differencing = fieldsOf(footer).getUint32(60) === 4;
  const locators = await checkLocators(file, { bytes, dataEnd, differencing, structures }, report);
  return { tableOffset, tableEntries, blockBytes, regions: [...structures, ...locators] };
}

interface LocatorPlace {
  readonly bytes: Uint8Array;
  readonly dataEnd: number;
  readonly differencing: boolean;
  readonly structures: readonly Region[];
}

async function checkLocators(
  file: Readable,
  { bytes, dataEnd, differencing, structures }: LocatorPlace,
  report: Report,
): Promise<readonly Region[]> {
  const fields = fieldsOf(bytes);
  const name = parentName(bytes);
  const regions: Region[] = [];
  const codes = new Set<string>();
  let leads = 0;
  for (let index = 0; index < LOCATOR_ENTRIES; index += 1) {
    const at = 576 + index * LOCATOR_ENTRY_BYTES;
    if (fields.getUint32(at) === 0) continue;
    const code = asciiAt(bytes, at, 4);
    const where = `the locator ${code}`;
    const say = (finding: Parameters<Report>[0], detail: string): void =>
      report(finding, { where, position: FOOTER_BYTES + at, detail });
    if (!differencing) say('LocatorWithoutParent', code);
    if (codes.has(code)) say('LocatorTwice', code);
    codes.add(code);
    const space = fields.getUint32(at + 4);
    const spaceBytes = space < SECTOR_BYTES ? space * SECTOR_BYTES : space;
    const length = fields.getUint32(at + 8);
    const position = fields.getBigUint64(at + 16);
    if (length > spaceBytes) {
      say('LocatorInvalid', `${length} bytes in a space of ${spaceBytes}`);
      continue;
    }
    if (position + BigInt(spaceBytes) > BigInt(dataEnd)) {
      say('LocatorOutside', `at byte ${position}`);
      continue;
    }
    const start = Number(position);
    const region = { what: where, start, end: start + spaceBytes };
    const over = [...structures, ...regions].find((other) => overlap(other, region));
    if (over !== undefined && spaceBytes > 0) say('LocatorOverStructure', `over ${over.what}`);
    else regions.push(region);
    const text = await locatorText(file, code, start, Math.min(length, 4096));
    if (text !== '') leads += 1;
    const base = text.split(/[/\\]/).at(-1) ?? '';
    if (differencing && text !== '' && name !== '' && base !== name)
      say('LocatorNameDiffers', `${JSON.stringify(base)}, not ${JSON.stringify(name)}`);
  }
  if (differencing && leads === 0)
    report('LocatorsMissing', {
      where: WHERE,
      position: FOOTER_BYTES + 576,
      detail: 'none leads anywhere',
    });
  if (differencing && name === '')
    report('ParentNameMissing', {
      where: WHERE,
      position: FOOTER_BYTES + 64,
      detail: 'an empty name',
    });
  return regions;
}

async function locatorText(
  file: Readable,
  code: string,
  position: number,
  length: number,
): Promise<string> {
  const bytes = Buffer.from(await readExactly(file, position, length));
  const text = bytes.toString(
    code === 'MacX' ? 'utf8' : code.startsWith('W2') ? 'utf16le' : 'latin1',
  );
  return text.split('\0')[0] ?? '';
}

function parentName(header: Uint8Array): string {
  const name = Buffer.from(header.subarray(64, 576));
  return name.swap16().toString('utf16le').split('\0')[0] ?? '';
}

function overlap(left: Region, right: Region): boolean {
  return left.start < right.end && right.start < left.end;
}
