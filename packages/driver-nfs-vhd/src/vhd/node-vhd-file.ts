import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { parentFileNames } from './parent-file-names.js';
import type { OpenedParent, ParentResolver } from './parent-wanted.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';

const FLAGS = {
  // O_NONBLOCK: a named pipe must not hang us.
  read: constants.O_RDONLY | constants.O_NONBLOCK,
  write: constants.O_RDWR | constants.O_NONBLOCK,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const;

/** A file of the operating system, for use as a VHD without any driver. */
export class NodeVhdFile implements Writable {
  readonly #handle: FileHandle;
  #sizeBytes: number;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async readAt(target: Uint8Array, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(target, 0, target.byteLength, position);
    return bytesRead;
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.byteLength; ) {
      const rest = bytes.byteLength - written;
      const { bytesWritten } = await this.#handle.write(bytes, written, rest, position + written);
      written += bytesWritten;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.byteLength);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Whether a symbolic link is followed to a file: one that a person names is, one that a VHD names is not. */
export type Links = 'followed' | 'refused';

/**
 * Opens a file: `read`, `write` where it exists, or `create` where it must not. Throws the operating system's error, and
 * {@link VhdError} `NotAVhd` for what is no regular file.
 */
export async function openVhdFile(
  path: string,
  use: 'read' | 'write' | 'create',
  links: Links = 'followed',
): Promise<NodeVhdFile> {
  const flags = links === 'refused' ? FLAGS[use] | constants.O_NOFOLLOW : FLAGS[use];
  return opened(await open(path, flags, 0o644), path);
}

/**
 * Looks for parents in one folder only, by the plain names that a child says, and never through a symbolic link: what a
 * VHD says must not make us open a file elsewhere. The first that is there counts; its uuid decides.
 */
export function parentsInFolder(folder: string): ParentResolver {
  return async (wanted) => {
    for (const name of parentFileNames(wanted)) {
      const parent = await openIfThere(join(folder, name));
      if (parent !== undefined) return parent;
    }
    return undefined;
  };
}

async function openIfThere(path: string): Promise<OpenedParent | undefined> {
  try {
    const file = await openVhdFile(path, 'read', 'refused');
    return { file, close: () => file.close() };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function opened(handle: FileHandle, path: string): Promise<NodeVhdFile> {
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new VhdError('NotAVhd', `${path} is no regular file`);
    return new NodeVhdFile(handle, status.size);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}
