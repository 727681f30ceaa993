import type { FileSystem } from '../files/file-system.js';
import { openIfThere } from '../files/open-if-there.js';
import { SECTOR } from '../iso/iso-fields.js';
import { FIRST_DESCRIPTOR, STANDARD_IDENTIFIER } from '../iso/iso-image.js';
import type { DiskKind } from '../share/share-paths.js';
import { firstBlockOffset } from '../vhd/layout.js';
import { LARGEST_CONFIG_DRIVE } from './config-drive-content.js';
import type { DiskFile } from './read-disk.js';

/** What a file of ours can be: a disk, or a base that a volume has left behind. */
export type FileKind = DiskKind | 'base';

/**
 * What a disk of ours is, by its file. What is hidden is an image, or a volume's former file: a snapshot, one that was
 * removed, what it was before it grew. `bases` are those. A small disk that begins as an ISO 9660 image is a config drive;
 * volumes begin with what users write, and are larger.
 */
export async function kindOfDisk(
  files: FileSystem,
  path: string,
  { head }: DiskFile,
  bases: ReadonlySet<string>,
): Promise<FileKind> {
  const { uuid, virtualBytes, visibility } = head.footer;
  if (visibility === 'hidden') return bases.has(uuid) ? 'base' : 'image';
  if (virtualBytes > LARGEST_CONFIG_DRIVE) return 'volume';
  const position = firstBlockOffset(virtualBytes) + FIRST_DESCRIPTOR * SECTOR + 1;
  return (await textAt(files, path, position)) === STANDARD_IDENTIFIER ? 'configdrive' : 'volume';
}

async function textAt(files: FileSystem, path: string, position: number): Promise<string> {
  const target = Buffer.alloc(STANDARD_IDENTIFIER.length);
  const file = await openIfThere(files, path);
  // Gone since it was read.
  if (file === undefined) return '';
  try {
    await file.readAt(target, position);
  } finally {
    await file.close();
  }
  return target.toString('latin1');
}
