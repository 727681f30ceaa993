import { asciiAt, fieldsOf, safeUint64, setAscii } from './byte-fields.js';
import { SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** Bytes of one entry of the header's locator table. */
export const LOCATOR_ENTRY_BYTES = 24;

/** Entries of the header's locator table. */
export const LOCATOR_ENTRIES = 8;

/** Where the text of one parent locator lies. */
export interface LocatorEntry {
  /** `MacX` (file URL, UTF-8), `W2ku` (absolute) or `W2ru` (relative), both UTF-16LE; others are kept as they are. */
  readonly code: string;
  /** Bytes reserved for the text. */
  readonly spaceBytes: number;
  readonly lengthBytes: number;
  /** Position in the file, in bytes. */
  readonly position: number;
}

/** A locator to write: its text has a sector of its own. */
export interface LocatorText {
  readonly code: 'MacX' | 'W2ku' | 'W2ru';
  readonly text: Uint8Array;
}

/**
 * The three locators that libvhd writes for a parent in the same folder, in its order, all with the relative path.
 * Throws {@link VhdError} `InvalidName` for a name that is not plain ASCII or could leave the folder.
 */
export function parentLocators(fileName: string): readonly LocatorText[] {
  const relative = `./${checkedParentName(fileName)}`;
  return [
    { code: 'MacX', text: Buffer.from(`file://${relative}`, 'utf8') },
    { code: 'W2ku', text: Buffer.from(relative, 'utf16le') },
    { code: 'W2ru', text: Buffer.from(relative, 'utf16le') },
  ];
}

/** Returns `fileName` if it is a plain name in the child's own folder. */
export function checkedParentName(fileName: string): string {
  // 200 characters keep the UTF-16 path inside one sector and the header's 512 byte name field.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(fileName)) {
    throw new VhdError('InvalidName', 'a parent must be a plain file name in the same folder');
  }
  return fileName;
}

/** Writes one entry of the locator table at `offset`. Space is in bytes, as Microsoft and libvhd do against the spec's text. */
export function writeLocatorEntry(target: Uint8Array, offset: number, entry: LocatorEntry): void {
  const fields = fieldsOf(target);
  setAscii(target, offset, entry.code);
  fields.setUint32(offset + 4, entry.spaceBytes);
  fields.setUint32(offset + 8, entry.lengthBytes);
  fields.setBigUint64(offset + 16, BigInt(entry.position));
}

/** Reads one entry of the locator table; absent when the entry is unused. */
export function parseLocatorEntry(bytes: Uint8Array, offset: number): LocatorEntry | undefined {
  const fields = fieldsOf(bytes);
  if (fields.getUint32(offset) === 0) return undefined;
  const space = fields.getUint32(offset + 4);
  const spaceBytes = space < SECTOR_BYTES ? space * SECTOR_BYTES : space;
  const lengthBytes = fields.getUint32(offset + 8);
  if (lengthBytes > spaceBytes)
    throw new VhdError('InvalidField', 'a parent locator is longer than its space');
  return {
    code: asciiAt(bytes, offset, 4),
    spaceBytes,
    lengthBytes,
    position: safeUint64(fields, offset + 16, 'a parent locator'),
  };
}
