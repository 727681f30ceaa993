import { fieldsOf } from '../byte-fields.js';
import { vhdChecksum } from '../checksum.js';
import { geometryFor } from '../geometry.js';
import { toVhdSeconds } from '../vhd-time.js';
import { BY_GEOMETRY } from '../virtual-size.js';
import { creatorOf, type FooterCopies } from './check-footers.js';
import type { Finding, FindingCode } from './finding.js';

/** The bytes that both footers are to have; absent where it can't be told. */
export interface RepairedFooter {
  readonly bytes: Uint8Array | undefined;
  readonly refused: ReadonlyMap<FindingCode, string>;
}

const CONTRADICTIONS: readonly FindingCode[] = [
  'FooterIdentitiesDiffer',
  'FooterVisibilitiesDiffer',
  'FooterTypesDiffer',
];

/** Decides which footer counts, and mends in it what has one right value. */
export function repairedFooter(
  { first, last }: FooterCopies,
  findings: readonly Finding[],
  { trust, nowMs }: { readonly trust?: 'first' | 'last' | undefined; readonly nowMs: number },
): RepairedFooter {
  const has = (code: FindingCode): boolean => findings.some((finding) => finding.code === code);
  const contradiction = CONTRADICTIONS.some(has);
  if (contradiction && trust === undefined) return { bytes: undefined, refused: new Map() };
  const trusted = trust === 'last' ? (last ?? first) : (first ?? last);
  const chosen = has('FooterSizesDiffer') && trust === undefined ? bigger(first, last) : trusted;
  if (chosen === undefined) return { bytes: undefined, refused: new Map() };
  const bytes = new Uint8Array(chosen);
  const fields = fieldsOf(bytes);
  const refused = new Map<FindingCode, string>();
  if (has('FooterFeatures')) fields.setUint32(8, 2);
  if (has('CreatedInFuture')) fields.setUint32(24, toVhdSeconds(nowMs));
  if (has('GeometryTooBig')) {
    if (BY_GEOMETRY.has(creatorOf(bytes))) {
      refused.set('GeometryTooBig', 'Readers take the size of this writer’s disks from it.');
    } else setGeometry(fields);
  }
  fields.setUint32(64, vhdChecksum(bytes, 64));
  return { bytes, refused };
}

// An interrupted growth: nothing was written behind the smaller size, so the bigger one shows zeros there.
function bigger(
  first: Uint8Array | undefined,
  last: Uint8Array | undefined,
): Uint8Array | undefined {
  if (first === undefined || last === undefined) return first ?? last;
  return fieldsOf(last).getBigUint64(48) > fieldsOf(first).getBigUint64(48) ? last : first;
}

function setGeometry(fields: DataView): void {
  const geometry = geometryFor(Number(fields.getBigUint64(48)));
  fields.setUint16(56, geometry.cylinders);
  fields.setUint8(58, geometry.heads);
  fields.setUint8(59, geometry.sectorsPerTrack);
}
