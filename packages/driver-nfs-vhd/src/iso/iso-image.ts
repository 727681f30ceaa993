import {
  directoryRecord,
  type Entry,
  identifiers,
  packRecords,
  rootPathTable,
} from './iso-directory.js';
import {
  type Encoding,
  jolietText,
  padded,
  plainText,
  SECTOR,
  sectorsOf,
  setBoth16,
  setBoth32,
} from './iso-fields.js';
import { isFileName, plainNames } from './iso-file-name.js';

/** A file to be in an image. */
export interface IsoFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A volume to be made. */
export interface IsoVolume {
  /** At most 16 characters, so that both trees have it whole. */
  readonly label: string;
  /** In its root directory. */
  readonly files: readonly IsoFile[];
}

/** The first sector with a descriptor; what is before it belongs to boot loaders. */
export const FIRST_DESCRIPTOR = 16;
/** What stands in every descriptor, one byte after its beginning. */
export const STANDARD_IDENTIFIER = 'CD001';

const LONGEST_LABEL = 16;
/** UCS-2 level 3: what tells Joliet from a plain supplementary volume. */
const JOLIET_ESCAPE = '%/E';
const NO_DATE = `${'0'.repeat(16)}\0`;

/**
 * An ISO 9660 image with the names in Joliet too (ECMA-119; Joliet 1.0): one folder of small files, as cloud-init's
 * NoCloud source reads it. The same volume gives the same bytes. Throws RangeError for names and labels that readers
 * would not agree on, and for two files of one name.
 */
export function isoImage({ label, files }: IsoVolume): Uint8Array {
  demandReadable(label, files);
  const inOrder = files.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const names = inOrder.map(({ name }) => name);
  const trees = [
    { names: identifiers(plainNames(names), plainText), encode: plainText, type: 1 },
    { names: identifiers(names, jolietText), encode: jolietText, type: 2 },
  ] as const;

  const tables = FIRST_DESCRIPTOR + trees.length + 1;
  const firstRoot = tables + 2 * trees.length;
  // Where a root lies does not change how long it is, so it is measured with the files anywhere.
  const rootSectors = trees.map((tree) =>
    sectorsOf(packRecords(rootRecords(tree.names, sizesAt(inOrder, 0), 0, 0)).length),
  );
  const roots = rootSectors.map(
    (_, index) => firstRoot + rootSectors.slice(0, index).reduce((sum, count) => sum + count, 0),
  );
  const firstFile = firstRoot + rootSectors.reduce((sum, count) => sum + count, 0);
  const placed = sizesAt(inOrder, firstFile);
  const end = placed.reduce(
    (last, { sector, bytes }) => sector + sectorsOf(bytes) || last,
    firstFile,
  );

  const image = Buffer.alloc(end * SECTOR);
  for (const [index, tree] of trees.entries()) {
    const [root = 0, count = 0] = [roots[index], rootSectors[index]];
    const table = tables + 2 * index;
    const place = { label, sectors: end, table, root, rootBytes: count * SECTOR };
    image.set(descriptor(tree.type, tree.encode, place), (FIRST_DESCRIPTOR + index) * SECTOR);
    image.set(rootPathTable(root, 'LE'), table * SECTOR);
    image.set(rootPathTable(root, 'BE'), (table + 1) * SECTOR);
    const records = rootRecords(tree.names, placed, root, count * SECTOR);
    image.set(packRecords(records), root * SECTOR);
  }
  image.set(terminator(), (FIRST_DESCRIPTOR + trees.length) * SECTOR);
  for (const [index, { bytes }] of inOrder.entries())
    image.set(bytes, (placed[index]?.sector ?? 0) * SECTOR);
  return image;
}

function demandReadable(label: string, files: readonly IsoFile[]): void {
  if (!isFileName(label) || label.length > LONGEST_LABEL)
    throw new RangeError(`${JSON.stringify(label)} is no label that every reader takes`);
  const names = files.map(({ name }) => name);
  const strange = names.find((name) => !isFileName(name));
  if (strange !== undefined)
    throw new RangeError(`${JSON.stringify(strange)} is no name that every reader takes`);
  if (new Set(names).size < names.length) throw new RangeError('two files have one name');
}

interface Placed {
  readonly sector: number;
  readonly bytes: number;
}

function sizesAt(files: readonly IsoFile[], first: number): readonly Placed[] {
  let sector = first;
  return files.map(({ bytes }) => {
    const place = { sector, bytes: bytes.length };
    sector += sectorsOf(bytes.length);
    return place;
  });
}

function rootRecords(
  names: readonly Buffer[],
  files: readonly Placed[],
  root: number,
  rootBytes: number,
): readonly Buffer[] {
  const itself: Omit<Entry, 'identifier'> = { sector: root, bytes: rootBytes, kind: 'directory' };
  return [
    directoryRecord({ ...itself, identifier: Buffer.from([0]) }),
    directoryRecord({ ...itself, identifier: Buffer.from([1]) }),
    ...names.map((identifier, index) => {
      const { sector, bytes } = files[index] ?? { sector: 0, bytes: 0 };
      return directoryRecord({ identifier, sector, bytes, kind: 'file' });
    }),
  ];
}

interface DescriptorPlace {
  readonly label: string;
  readonly sectors: number;
  readonly table: number;
  readonly root: number;
  readonly rootBytes: number;
}

/** A volume descriptor: primary (ECMA-119 8.4), or supplementary for Joliet (8.5). */
function descriptor(type: 1 | 2, encode: Encoding, place: DescriptorPlace): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.writeUInt8(type, 0);
  sector.write(STANDARD_IDENTIFIER, 1, 'latin1');
  sector.writeUInt8(1, 6);
  sector.set(padded(encode, '', 32), 8);
  sector.set(padded(encode, place.label, 32), 40);
  setBoth32(sector, 80, place.sectors);
  if (type === 2) sector.write(JOLIET_ESCAPE, 88, 'latin1');
  setBoth16(sector, 120, 1);
  setBoth16(sector, 124, 1);
  setBoth16(sector, 128, SECTOR);
  setBoth32(sector, 132, rootPathTable(place.root, 'LE').length);
  sector.writeUInt32LE(place.table, 140);
  sector.writeUInt32BE(place.table + 1, 148);
  const { root, rootBytes } = place;
  sector.set(
    directoryRecord({
      identifier: Buffer.from([0]),
      sector: root,
      bytes: rootBytes,
      kind: 'directory',
    }),
    156,
  );
  for (const [position, length] of TEXTS) sector.set(padded(encode, '', length), position);
  // Never made, changed, valid or outdated.
  for (const position of DATES) sector.write(NO_DATE, position, 'latin1');
  sector.writeUInt8(1, 881);
  return sector;
}

/** Set, publisher, preparer, application, and the names of three files that are not there: position and length. */
const TEXTS = [
  [190, 128],
  [318, 128],
  [446, 128],
  [574, 128],
  [702, 37],
  [739, 37],
  [776, 37],
] as const;
const DATES = [813, 830, 847, 864] as const;

function terminator(): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.writeUInt8(255, 0);
  sector.write(STANDARD_IDENTIFIER, 1, 'latin1');
  sector.writeUInt8(1, 6);
  return sector;
}
