import { DriverFailure, type ResourceUuid } from '@gdcloud/core';
import { corruptDisk } from '../disks/disk-failures.js';
import type { FileSystem, OpenFile } from '../files/file-system.js';
import { openIfThere } from '../files/open-if-there.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { openChain, type VhdChain } from '../vhd/chain.js';
import { parentFileNames } from '../vhd/parent-file-names.js';
import type { OpenedParent, ParentResolver } from '../vhd/parent-wanted.js';
import type { Readable } from '../vhd/reader.js';
import { VhdError } from '../vhd/vhd-error.js';

/** A disk on the share with all that it reads from. */
export interface OpenedDisk {
  readonly chain: VhdChain;
  /** When its own file was last written to; milliseconds since 1970. */
  readonly modifiedMs: number;
  readonly fileBytes: number;
  close(): Promise<void>;
}

/**
 * Opens a disk and its ancestors, which are looked for on the share alone. The files stay what they are while they are
 * open, whatever names change. Throws `ContentMissing`, or `CorruptDisk` for what can't be read.
 */
export async function openDiskChain(
  { files, paths }: Share,
  uuid: ResourceUuid,
  signal: AbortSignal,
): Promise<OpenedDisk> {
  const path = `${paths.folder}/${diskFileName(uuid)}`;
  const file = await openIfThere(files, path);
  if (file === undefined) throw contentMissing(path);
  try {
    const { sizeBytes, modifiedMs } = await file.status();
    const chain = await openChain(readable(file, sizeBytes), {
      resolve: parentsOnShare(files, paths.folder),
      signal,
    });
    return {
      chain,
      modifiedMs,
      fileBytes: sizeBytes,
      async close() {
        await chain.close();
        await file.close();
      },
    };
  } catch (thrown) {
    await file.close();
    throw thrown instanceof VhdError ? corruptDisk(path, thrown) : thrown;
  }
}

function parentsOnShare(files: FileSystem, folder: string): ParentResolver {
  return async (wanted) => {
    for (const name of parentFileNames(wanted)) {
      const parent = await openIfThere(files, `${folder}/${name}`);
      if (parent !== undefined) return opened(parent);
    }
    return undefined;
  };
}

async function opened(file: OpenFile): Promise<OpenedParent> {
  const { sizeBytes } = await file.status();
  return { file: readable(file, sizeBytes), close: () => file.close() };
}

function readable(file: OpenFile, sizeBytes: number): Readable {
  return { sizeBytes, readAt: (target, position) => file.readAt(target, position) };
}

function contentMissing(path: string): DriverFailure {
  return new DriverFailure('rejected', 'ContentMissing', `${path} is not there`, {
    remedy: 'Wait until it is active.',
  });
}
