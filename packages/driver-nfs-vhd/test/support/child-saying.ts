import type { ResourceUuid } from '@gdcloud/core';
import {
  newDifferencingVhd,
  newDynamicVhd,
  type VhdErrorCode,
  vhdChecksum,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { MIB, uuid } from './fixtures.js';
import { bytesOf } from './memory-file.js';

const HEADER = 512;
const NAME = HEADER + 64;
const NAME_BYTES = 512;
const LOCATORS = HEADER + 576;
const LOCATOR_BYTES = 24;

/** What a child is to say of its parent; texts are not looked at. */
export interface Saying {
  /** The name in the header, cut to what it has room for. */
  readonly name: string;
  /** What all of its locators say: a text, or the bytes of one. Default: the name. */
  readonly path?: string | Uint8Array;
  readonly uuid?: ResourceUuid | typeof RAW_PARENT;
}

/** The bytes of disk number `n`, a child that says anything of its parent. */
export function childSaying(n: number, { name, path = name, uuid: parent }: Saying): Buffer {
  const reference = { uuid: parent ?? uuid(1), fileName: 'p.vhd', modifiedMs: 0 };
  const bytes = bytesOf(newDifferencingVhd({ ...DISK, uuid: uuid(n) }, reference));
  const text = Buffer.from(name, 'utf16le').swap16().subarray(0, NAME_BYTES);
  bytes.fill(0, NAME, NAME + NAME_BYTES).set(text, NAME);
  for (let at = LOCATORS; bytes.readUInt32BE(at) !== 0; at += LOCATOR_BYTES) {
    const code = bytes.toString('latin1', at, at + 4);
    const said =
      typeof path === 'string' ? Buffer.from(path, code === 'MacX' ? 'utf8' : 'utf16le') : path;
    const position = Number(bytes.readBigUInt64BE(at + 16));
    const length = Math.min(said.byteLength, 512);
    bytes.writeUInt32BE(length, at + 8);
    bytes.fill(0, position, position + 512).set(said.subarray(0, length), position);
  }
  const header = bytes.subarray(HEADER, HEADER + 1024);
  header.writeUInt32BE(vhdChecksum(header, 36), 36);
  return bytes;
}

/** Says that the parent is no VHD. */
const RAW_PARENT = '00000000-0000-0000-0000-000000000000';

/** Opened, refused by the codec, or by who opens files: what is named is a link, or no plain file. */
export type Becomes = 'found' | VhdErrorCode | 'link' | 'noFile';

/** What a child may say of its parent, and what becomes of it; the parent `p.vhd` lies beside it, and what {@link BESIDE} tells. */
export const SAYINGS: readonly (readonly [what: string, says: Saying, becomes: Becomes])[] = [
  ['its plain name', { name: 'p.vhd' }, 'found'],
  ['a path from here', { name: 'p.vhd', path: './p.vhd' }, 'found'],
  ['a path of Windows', { name: 'p.vhd', path: '.\\p.vhd' }, 'found'],
  ['a URL', { name: 'p.vhd', path: 'file://./p.vhd' }, 'found'],
  ['a name in the locators alone', { name: '', path: 'p.vhd' }, 'found'],
  ['a name in the header alone', { name: 'p.vhd', path: '' }, 'found'],
  // Never where they lead to: only beside the child.
  ['a path upwards', { name: '../p.vhd' }, 'found'],
  ['a path far upwards', { name: '../../../../p.vhd', path: '..\\..\\p.vhd' }, 'found'],
  ['an absolute path', { name: '/elsewhere/p.vhd' }, 'found'],
  ['a drive', { name: 'C:\\disks\\p.vhd' }, 'found'],
  ['another machine', { name: '\\\\server\\share\\p.vhd' }, 'found'],
  ['another machine by URL', { name: 'x', path: 'file://server/p.vhd' }, 'found'],
  ['a file that is there, elsewhere', { name: '../secret.vhd' }, 'ParentMissing'],
  ['one that every system has', { name: '/etc/passwd' }, 'ParentMissing'],
  ['a device', { name: '/dev/zero' }, 'ParentMissing'],
  ['nothing', { name: '' }, 'ParentMissing'],
  ['this folder', { name: '.' }, 'ParentMissing'],
  ['the folder above', { name: '..', path: '../..' }, 'ParentMissing'],
  ['the root', { name: '/', path: '\\' }, 'ParentMissing'],
  ['a folder', { name: 'p.vhd/', path: 'p.vhd\\' }, 'ParentMissing'],
  ['a stream of Windows', { name: 'p.vhd:stream' }, 'ParentMissing'],
  ['what NTFS calls the same', { name: 'P.VHD' }, 'ParentMissing'],
  ['an end in the middle', { name: 'p.vhd\0/../../secret.vhd' }, 'found'],
  ['an end at the start', { name: '\0p.vhd' }, 'ParentMissing'],
  ['a name of half a character', { name: '', path: Uint8Array.of(0x70) }, 'ParentMissing'],
  ['half a character more', { name: 'p.vhd', path: Buffer.from('p\0.\0v\0h\0d\0!') }, 'found'],
  ['no text at all', { name: '\ud800', path: Buffer.alloc(512, 0xd8) }, 'ParentMissing'],
  ['a name as long as may be', { name: 'x'.repeat(255) }, 'ParentMissing'],
  ['a longer one', { name: 'x'.repeat(256) }, 'ParentMissing'],
  ['one that is longer in UTF-8', { name: '€'.repeat(255) }, 'ParentMissing'],
  ['itself', { name: 'child.vhd', uuid: uuid(2) }, 'ParentLoop'],
  ['itself, as another', { name: 'child.vhd', uuid: uuid(3) }, 'ParentMismatch'],
  ['another uuid', { name: 'p.vhd', uuid: uuid(3) }, 'ParentMismatch'],
  ['a raw disk elsewhere', { name: '/etc/passwd', uuid: RAW_PARENT }, 'ParentMissing'],
  ['a link', { name: 'link.vhd' }, 'link'],
  ['a link out of the folder', { name: 'out.vhd' }, 'link'],
  ['a raw disk behind a link', { name: 'out.vhd', uuid: RAW_PARENT }, 'link'],
  ['a pipe', { name: 'pipe.vhd' }, 'noFile'],
  ['a raw disk that is a pipe', { name: 'pipe.vhd', uuid: RAW_PARENT }, 'noFile'],
  ['a folder of that name', { name: 'folder.vhd' }, 'noFile'],
  ['an empty file', { name: 'empty.vhd' }, 'Truncated'],
  ['a text', { name: 'text.vhd' }, 'Truncated'],
];

const DISK = { virtualBytes: 2 * MIB, createdMs: 0, visibility: 'visible' } as const;

/** The parent itself. */
export function parentBytes(): Buffer {
  return bytesOf(newDynamicVhd({ ...DISK, uuid: uuid(1) }));
}

/** What else lies in the child's folder; a link is told by where it leads. `../secret.vhd` is a copy of the parent. */
export const BESIDE = {
  files: { 'empty.vhd': '', 'text.vhd': 'text' },
  links: { 'link.vhd': 'p.vhd', 'out.vhd': '../secret.vhd' },
  folder: 'folder.vhd',
  pipe: 'pipe.vhd',
} as const;
