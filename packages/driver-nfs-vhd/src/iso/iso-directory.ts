import { type Encoding, SECTOR, setBoth16, setBoth32 } from './iso-fields.js';

/** Something a directory names. */
export interface Entry {
  /** Its identifier, encoded; one zero byte for the directory itself, one byte 1 for its parent. */
  readonly identifier: Buffer;
  readonly sector: number;
  readonly bytes: number;
  readonly kind: 'file' | 'directory';
}

/** 1 January 2000, 0:00 UTC, in seven bytes: content decides about a file here, and not when it was written. */
export const STAMP: Buffer = Buffer.from([100, 1, 1, 0, 0, 0, 0]);

const FIXED_BYTES = 33;
const DIRECTORY_FLAG = 2;

/** One directory record (ECMA-119 9.1). */
export function directoryRecord({ identifier, sector, bytes, kind }: Entry): Buffer {
  const length = FIXED_BYTES + identifier.length;
  const record = Buffer.alloc(length + (length % 2));
  record.writeUInt8(record.length, 0);
  setBoth32(record, 2, sector);
  setBoth32(record, 10, bytes);
  record.set(STAMP, 18);
  record.writeUInt8(kind === 'directory' ? DIRECTORY_FLAG : 0, 25);
  setBoth16(record, 28, 1);
  record.writeUInt8(identifier.length, 32);
  record.set(identifier, FIXED_BYTES);
  return record;
}

/** A directory in whole sectors: records never cross from one into the next. */
export function packRecords(records: readonly Buffer[]): Buffer {
  const sectors: Buffer[] = [];
  let current = Buffer.alloc(SECTOR);
  let used = 0;
  for (const record of records) {
    if (used + record.length > SECTOR) {
      sectors.push(current);
      current = Buffer.alloc(SECTOR);
      used = 0;
    }
    current.set(record, used);
    used += record.length;
  }
  return Buffer.concat([...sectors, current]);
}

/** The path table of a volume with nothing but a root directory (ECMA-119 9.4), for either order of bytes. */
export function rootPathTable(root: number, order: 'LE' | 'BE'): Buffer {
  const table = Buffer.alloc(10);
  table.writeUInt8(1, 0);
  if (order === 'LE') table.writeUInt32LE(root, 2);
  else table.writeUInt32BE(root, 2);
  if (order === 'LE') table.writeUInt16LE(1, 6);
  else table.writeUInt16BE(1, 6);
  return table;
}

/** The identifiers of files in one of the two trees, encoded. */
export function identifiers(names: readonly string[], encode: Encoding): readonly Buffer[] {
  return names.map((name) => encode(name));
}
