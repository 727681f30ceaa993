import { asUuid, type DiskFileActual } from '@gdcloud/core';
import type { FileStatus, FileSystem, OpenFile } from '../files/file-system.js';
import { openIfThere } from '../files/open-if-there.js';
import { insteadOfFile } from '../files/plain-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import { openVhd, type Vhd } from '../vhd/open-vhd.js';
import { readVhdHead, type VhdHead } from '../vhd/read-head.js';
import { VhdError } from '../vhd/vhd-error.js';
import { corruptDisk, notADisk } from './disk-failures.js';

/** A disk's file as read: what its first 1536 bytes and the file system say. */
export interface DiskFile {
  readonly head: VhdHead;
  readonly status: FileStatus;
}

/**
 * Reads a disk's file; absent when there is none at `path`. Fails `CorruptDisk`, `NotADisk` or `SymbolicLink`.
 * The footer's uuid need not be that of the name: XenServer gives the new leaf of a snapshot a uuid of its own.
 */
export async function readDisk(files: FileSystem, path: string): Promise<DiskFile | undefined> {
  return reading(files, path, async (file, status) => {
    const readable = {
      sizeBytes: status.sizeBytes,
      readAt: (target: Uint8Array, position: number) => file.readAt(target, position),
    };
    return { head: await readVhdHead(readable), status };
  });
}

async function reading<Result>(
  files: FileSystem,
  path: string,
  read: (file: OpenFile, status: FileStatus) => Promise<Result>,
): Promise<Result | undefined> {
  const file = await openDisk(files, path);
  if (file === undefined) return undefined;
  try {
    return await read(file, await file.status());
  } catch (thrown) {
    throw thrown instanceof VhdError ? corruptDisk(path, thrown) : thrown;
  } finally {
    await file.close();
  }
}

/** A disk's file with all its metadata. The file is closed: data can't be read through it. */
export interface SoundDisk {
  readonly vhd: Vhd;
  readonly status: FileStatus;
}

/** Like {@link readDisk}, and the whole structure is checked: before something is decided that builds on it. */
export async function readSoundDisk(
  files: FileSystem,
  path: string,
): Promise<SoundDisk | undefined> {
  return reading(files, path, async (file, status) => ({
    vhd: await openVhd(await vhdOnFile(file)),
    status,
  }));
}

/** What the contract tells of a disk's file. */
export function diskFileActual({ head, status }: DiskFile): DiskFileActual {
  const actual = { virtualBytes: head.footer.virtualBytes, physicalBytes: status.physicalBytes };
  const parent = head.header.parent;
  return parent === undefined ? actual : { ...actual, parent: asUuid(parent.uuid) };
}

async function openDisk(files: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await openIfThere(files, path);
  } catch (thrown) {
    const instead = insteadOfFile(thrown);
    throw instead === undefined ? thrown : notADisk(path, instead);
  }
}
