import type { ResourceUuid } from '@gdcloud/core';

/** A damage on a share. */
export type ScrubFinding = StructureFinding | ChainFinding | BlockFinding | SumsFinding;

interface Found {
  /** The file's name in the share. */
  readonly file: string;
  /** What reads from it, through however many files; names in the share, itself not among them. */
  readonly readers: readonly string[];
}

/** The file's own structure contradicts itself, or is not what it was. */
export interface StructureFinding extends Found {
  readonly kind: 'structure';
  /** A `FindingCode` of the codec, or `StructureChanged`: sound, but not what was summed. */
  readonly code: string;
  readonly where: string;
  readonly position: number;
  readonly detail: string;
  readonly risk: 'redundancy' | 'data' | 'disk';
}

/** What it reads from is not there, or not what it should be. */
export interface ChainFinding extends Found {
  readonly kind: 'chain';
  readonly code:
    | 'ParentMissing'
    | 'ParentMismatch'
    | 'ParentLoop'
    | 'ParentUnreadable'
    | 'ChainTooDeep';
  readonly detail: string;
}

/** A block is not what it was. */
export interface BlockFinding extends Found {
  readonly kind: 'block';
  readonly uuid: ResourceUuid;
  readonly block: number;
  /** Bytes of the disk, `end` excluded. */
  readonly start: number;
  readonly end: number;
  /** Where it begins in the file, in bytes; absent where the file tells of no place. */
  readonly filePosition?: number | undefined;
  readonly what: 'changed' | 'unreadable' | 'gone' | 'appeared';
  readonly detail: string;
  /** The file it was repaired from; absent where it was not. */
  readonly repairedFrom?: string | undefined;
}

/** The side file is damaged. It is made anew, from what the disk's file holds now, unless that is not wanted. */
export interface SumsFinding extends Found {
  readonly kind: 'sums';
  readonly detail: string;
}

/** A finding in one line. */
export function scrubFindingInWords(finding: ScrubFinding): string {
  const readers = finding.readers.length === 0 ? '' : `; read by ${listed(finding.readers)}`;
  return `${finding.file}: ${told(finding)}${readers}`;
}

function told(finding: ScrubFinding): string {
  switch (finding.kind) {
    case 'structure':
      return `${finding.code} at byte ${finding.position}, ${finding.where}: ${finding.detail}`;
    case 'chain':
      return `${finding.code}: ${finding.detail}`;
    case 'sums':
      return `its checksums are damaged: ${finding.detail}`;
    case 'block': {
      const { block, start, end, filePosition, what, detail, repairedFrom } = finding;
      const place = filePosition === undefined ? '' : `, at byte ${filePosition} of the file`;
      const mended = repairedFrom === undefined ? '' : `; repaired from ${repairedFrom}`;
      return `block ${block} (bytes ${start} to ${end} of the disk${place}) ${what}: ${detail}${mended}`;
    }
  }
}

const MOST_LISTED = 8;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
