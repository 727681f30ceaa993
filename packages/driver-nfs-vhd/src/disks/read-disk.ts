import { asUuid, type DiskFileActual } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { FileStatus, FileSystem, OpenFile } from '../files/file-system.js';
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
  const file = await openDisk(files, path);
  if (file === undefined) return undefined;
  try {
    const status = await file.status();
    if (status.kind !== 'file') throw notADisk(path, status.kind);
    const readable = {
      sizeBytes: status.sizeBytes,
      readAt: (target: Uint8Array, position: number) => file.readAt(target, position),
    };
    return { head: await readVhdHead(readable), status };
  } catch (thrown) {
    throw thrown instanceof VhdError ? corruptDisk(path, thrown) : thrown;
  } finally {
    await file.close();
  }
}

/** What the contract tells of a disk's file. */
export function diskFileActual({ head, status }: DiskFile): DiskFileActual {
  const actual = { virtualBytes: head.footer.virtualBytes, physicalBytes: status.physicalBytes };
  const parent = head.header.parent;
  return parent === undefined ? actual : { ...actual, parent: asUuid(parent.uuid) };
}

async function openDisk(files: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await files.open(path);
  } catch (thrown) {
    const name = errnoName(thrown);
    if (name === 'ENOENT') return undefined;
    if (name === 'ELOOP') throw notADisk(path, 'symbolicLink');
    // Sockets and devices without a driver refuse to be opened at all.
    if (name === 'ENXIO') throw notADisk(path, 'other');
    throw thrown;
  }
}
