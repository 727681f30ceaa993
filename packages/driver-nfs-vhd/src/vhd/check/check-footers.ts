import { asciiAt, fieldsOf, hasCookie } from '../byte-fields.js';
import { vhdChecksum } from '../checksum.js';
import { FOOTER_BYTES } from '../footer.js';
import { geometryFor } from '../geometry.js';
import { type Readable, readExactly } from '../reader.js';
import { MAX_VIRTUAL_BYTES, SECTOR_BYTES, wholeSectors } from '../sizes.js';
import { fromVhdSeconds } from '../vhd-time.js';
import type { Report } from './finding.js';

/** Clocks may differ by this much, as vhd-util has it. */
const CLOCK_SLACK_MS = 30 * 60 * 1000;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** The copies of a footer as they lie in the file. */
export interface FooterCopies {
  /** Sound copies only: cookie and checksum are right. */
  readonly first: Uint8Array | undefined;
  readonly last: Uint8Array | undefined;
  /** Where the footer at the end begins or ought to. */
  readonly lastPosition: number;
  /** Where data end at the latest. */
  readonly dataEnd: number;
}

/** Reads both copies and reports what is wrong with them; absent when there is none to go by. */
export async function checkFooters(
  file: Readable,
  report: Report,
  nowMs: number,
): Promise<FooterCopies | undefined> {
  if (file.sizeBytes < FOOTER_BYTES - 1) {
    report('FileTooShort', { where: 'the file', position: 0, detail: `${file.sizeBytes} bytes` });
    return undefined;
  }
  const short = file.sizeBytes % SECTOR_BYTES === FOOTER_BYTES - 1;
  const lastBytes = short ? FOOTER_BYTES - 1 : FOOTER_BYTES;
  const lastPosition = file.sizeBytes - lastBytes;
  const firstRead = await readExactly(file, 0, Math.min(FOOTER_BYTES, file.sizeBytes));
  const lastRead = new Uint8Array(FOOTER_BYTES);
  lastRead.set(await readExactly(file, lastPosition, lastBytes));
  const last = soundCopy(lastRead);
  // Of a fixed disk the first sector is the guest's.
  const fixed = last !== undefined && typeOf(last) === 2;
  const first = fixed || firstRead.byteLength < FOOTER_BYTES ? undefined : soundCopy(firstRead);
  if (first === undefined && last === undefined) {
    const damaged = hasCookie(firstRead, 0, 'conectix') || hasCookie(lastRead, 0, 'conectix');
    const detail = damaged ? 'there are footers, but with wrong checksums' : 'no cookie';
    report('NoFooter', { where: 'the file', position: 0, detail });
    return undefined;
  }
  if (short)
    report('LastFooterShort', { where: LAST, position: lastPosition, detail: '511 bytes' });
  if (!fixed && first === undefined) reportFirst(firstRead, report);
  const killed = lastRead.subarray(0, FOOTER_BYTES - 1).every((byte) => byte === 0xc7);
  if (last === undefined) reportLast(lastRead, lastPosition, killed, report);
  const counts = first ?? last;
  if (counts === undefined) return undefined;
  if (first !== undefined && last !== undefined) reportDifference(first, last, report);
  reportFields(counts, first === undefined ? lastPosition : 0, nowMs, report);
  const isThere = last !== undefined || killed || hasCookie(lastRead, 0, 'conectix');
  return {
    first,
    last,
    lastPosition: isThere ? lastPosition : wholeSectors(file.sizeBytes),
    dataEnd: isThere ? lastPosition : file.sizeBytes,
  };
}

const FIRST = 'the first footer';
const LAST = 'the last footer';

function soundCopy(bytes: Uint8Array): Uint8Array | undefined {
  const sum = fieldsOf(bytes).getUint32(64);
  return hasCookie(bytes, 0, 'conectix') && sum === vhdChecksum(bytes, 64) ? bytes : undefined;
}

function typeOf(bytes: Uint8Array): number {
  return fieldsOf(bytes).getUint32(60);
}

function reportFirst(bytes: Uint8Array, report: Report): void {
  const damaged = hasCookie(bytes, 0, 'conectix');
  report(damaged ? 'FirstFooterDamaged' : 'FirstFooterMissing', {
    where: FIRST,
    position: 0,
    detail: damaged ? wrongChecksum(bytes, 64) : 'no cookie',
  });
}

function reportLast(bytes: Uint8Array, position: number, killed: boolean, report: Report): void {
  const place = { where: LAST, position };
  if (killed) {
    report('LastFooterKilled', { ...place, detail: 'overwritten with C7' });
  } else if (hasCookie(bytes, 0, 'conectix')) {
    report('LastFooterDamaged', { ...place, detail: wrongChecksum(bytes, 64) });
  } else report('LastFooterMissing', { ...place, detail: 'no cookie' });
}

function reportDifference(first: Uint8Array, last: Uint8Array, report: Report): void {
  const place = { where: 'the two footers', position: 0 };
  const [a, b] = [fieldsOf(first), fieldsOf(last)];
  const uuids = [first, last].map((bytes) => Buffer.from(bytes.subarray(68, 84)).toString('hex'));
  if (a.getUint32(60) !== b.getUint32(60)) {
    report('FooterTypesDiffer', {
      ...place,
      detail: `types ${a.getUint32(60)} and ${b.getUint32(60)}`,
    });
  } else if (uuids[0] !== uuids[1]) {
    report('FooterIdentitiesDiffer', { ...place, detail: uuids.join(' and ') });
  } else if (a.getBigUint64(48) !== b.getBigUint64(48)) {
    report('FooterSizesDiffer', {
      ...place,
      detail: `${a.getBigUint64(48)} and ${b.getBigUint64(48)} bytes`,
    });
  } else if (a.getUint8(85) !== b.getUint8(85)) {
    report('FooterVisibilitiesDiffer', {
      ...place,
      detail: `bytes ${a.getUint8(85)} and ${b.getUint8(85)}`,
    });
  } else if (Buffer.compare(first.subarray(0, 511), last.subarray(0, 511)) !== 0) {
    const at = first.findIndex((byte, index) => byte !== last[index]);
    report('FooterDetailsDiffer', { ...place, detail: `from byte ${at} on` });
  }
}

function reportFields(bytes: Uint8Array, position: number, nowMs: number, report: Report): void {
  const fields = fieldsOf(bytes);
  const say = (code: Parameters<Report>[0], detail: string): void =>
    report(code, { where: 'the footer', position, detail });
  if (fields.getUint16(12) !== 1) say('FooterVersion', `0x${fields.getUint32(12).toString(16)}`);
  const type = typeOf(bytes);
  if (type < 2 || type > 4) say('FooterType', `type ${type}`);
  const offset = fields.getBigUint64(16);
  // Early writers fill 32 bits only for "none".
  const none = offset === ALL_ONES || offset === 0xffff_ffffn;
  if (type === 2 ? !none : offset !== BigInt(FOOTER_BYTES)) {
    say('FooterDataOffset', `0x${offset.toString(16)} of a disk of type ${type}`);
  }
  const features = fields.getUint32(8);
  if ((features & 2) === 0 || features > 3) say('FooterFeatures', `0x${features.toString(16)}`);
  if (fields.getUint8(85) > 1) say('FooterHiddenByte', `${fields.getUint8(85)}`);
  if (bytes.subarray(86, 511).some((byte) => byte !== 0)) {
    say('FooterReservedBytes', `byte ${86 + bytes.subarray(86).findIndex((byte) => byte !== 0)}`);
  }
  reportSize(fields, say);
  const createdMs = fromVhdSeconds(fields.getUint32(24));
  if (createdMs > nowMs + CLOCK_SLACK_MS) say('CreatedInFuture', new Date(createdMs).toISOString());
}

function reportSize(
  fields: DataView,
  say: (code: Parameters<Report>[0], detail: string) => void,
): void {
  const size = fields.getBigUint64(48);
  if (size === 0n || size % BigInt(SECTOR_BYTES) !== 0n || size > 2n ** 53n) {
    say('SizeInvalid', `${size} bytes`);
    return;
  }
  if (size > BigInt(MAX_VIRTUAL_BYTES)) say('SizeTooBig', `${size} bytes`);
  const [cylinders, heads, sectors] = [
    fields.getUint16(56),
    fields.getUint8(58),
    fields.getUint8(59),
  ];
  const most = geometryFor(Number(size));
  const covered = cylinders * heads * sectors;
  if (covered > most.cylinders * most.heads * most.sectorsPerTrack) {
    say('GeometryTooBig', `${cylinders}/${heads}/${sectors} for ${size} bytes`);
  }
}

/** What stands and what should stand, for a report. */
export function wrongChecksum(bytes: Uint8Array, fieldOffset: number): string {
  const stands = fieldsOf(bytes).getUint32(fieldOffset).toString(16);
  return `checksum 0x${stands}, not 0x${vhdChecksum(bytes, fieldOffset).toString(16)}`;
}

/** Four characters of a footer that name its writer. */
export function creatorOf(footer: Uint8Array): string {
  return asciiAt(footer, 28, 4);
}
