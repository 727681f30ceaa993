import { type FindingCode, vhdChecksum } from '@gdcloud/driver-nfs-vhd/vhd';

/** A damage made on purpose, and the verdicts that have to come of it. */
export interface Damage {
  readonly name: string;
  /** On which samples it can be made. */
  readonly of: 'sparse' | 'child' | 'tap' | 'fixed';
  /** Every kind that has to be found; nothing else may be. */
  readonly finds: readonly FindingCode[];
  /** Whether a repair makes the file whole. */
  readonly repaired: 'whole' | 'left';
  /** Changes the bytes, or returns others. */
  readonly make: (bytes: Buffer, at: Places) => Buffer | undefined;
}

/** Where things lie in a sample. */
export interface Places {
  readonly table: number;
  readonly batmap: number;
  readonly last: number;
  /** Allocated blocks, and where their bitmaps are. */
  readonly blocks: readonly (readonly [number, number])[];
}

/** Where fields of a footer are, in bytes. */
export const FIELD = {
  cookie: 0,
  features: 8,
  version: 12,
  offset: 16,
  time: 24,
  size: 48,
  geometry: 56,
};
/** Where a footer says what kind of disk it is. */
export const TYPE = 60;
/** Where a footer says whether it is hidden. */
export const HIDDEN = 85;
/** Where the header is. */
export const HEADER = 512;

function sum(bytes: Buffer, at: number, length: number, field: number): void {
  bytes.writeUInt32BE(vhdChecksum(bytes.subarray(at, at + length), field), at + field);
}

/** Changes both footers alike, with a right checksum. */
export function both(change: (footer: Buffer) => void): Damage['make'] {
  return (bytes, { last }) => {
    for (const at of [0, last]) {
      change(bytes.subarray(at, at + 512));
      sum(bytes, at, 512, 64);
    }
    return undefined;
  };
}

/** Changes one of the footers, with a right checksum. */
export function only(which: 'first' | 'last', change: (footer: Buffer) => void): Damage['make'] {
  return (bytes, { last }) => {
    const at = which === 'first' ? 0 : last;
    change(bytes.subarray(at, at + 512));
    sum(bytes, at, 512, 64);
    return undefined;
  };
}

/** Changes the header, with a right checksum. */
export function header(change: (fields: Buffer) => void): Damage['make'] {
  return (bytes) => {
    change(bytes.subarray(HEADER, HEADER + 1024));
    sum(bytes, HEADER, 1024, 36);
    return undefined;
  };
}

/** The sector where a block begins, as the table says. */
export function entry(bytes: Buffer, table: number, block: number): number {
  return bytes.readUInt32BE(table + block * 4);
}
