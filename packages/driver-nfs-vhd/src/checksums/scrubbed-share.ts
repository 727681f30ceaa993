import type { FileSystem } from '../files/file-system.js';
import { namesIfThere } from '../files/names-if-there.js';
import { openIfThere } from '../files/open-if-there.js';
import type { Share } from '../share/share.js';
import type { Readable } from '../vhd/reader.js';

/** What of a share is needed to look after its checksums. */
export type ScrubbedShare = Pick<Share, 'paths' | 'files' | 'clock' | 'random'>;

/** A file of a share, open as the codec reads it. */
export interface OpenDisk extends Readable {
  /** Which file it is, whatever has its name by now. */
  readonly identity: string;
}

/** Opens a file for the time of some work; `absent` where there is none. Throws the operating system's error. */
export async function withDisk<Result>(
  files: FileSystem,
  path: string,
  work: (disk: OpenDisk) => Promise<Result>,
): Promise<Result | 'absent'> {
  const file = await openIfThere(files, path);
  if (file === undefined) return 'absent';
  try {
    const { sizeBytes, identity } = await file.status();
    const readAt = (target: Uint8Array, position: number): Promise<number> =>
      file.readAt(target, position);
    return await work({ sizeBytes, identity, readAt });
  } finally {
    await file.close();
  }
}

/** Names of disks' files in a folder of a share, sorted; none where the folder is not there. */
export async function diskNames(files: FileSystem, folder: string): Promise<readonly string[]> {
  const names = await namesIfThere(files, folder);
  // `.nfs…` are the client's own business: open files without a name.
  return names.filter((name) => name.endsWith('.vhd') && !name.startsWith('.')).sort();
}
