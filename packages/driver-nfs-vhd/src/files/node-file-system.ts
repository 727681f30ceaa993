import { type BigIntStats, constants, type Dirent, type Stats } from 'node:fs';
import {
  access,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  statfs,
  unlink,
} from 'node:fs/promises';
import { errnoName } from './errno.js';
import type { FileKind, FileStatus, FileSystem, OpenFile } from './file-system.js';
import { demandPlainFile } from './plain-file.js';

// "Silly renames" of the Linux NFS client: inode and counter. It removes them itself, once the file is closed.
const SILLY_RENAME = /^\.nfs[0-9a-f]{24}$/;

/** The operating system's file system. */
export const nodeFileSystem: FileSystem = {
  async status(path) {
    try {
      return statusOf(await lstat(path, { bigint: true }));
    } catch (thrown) {
      if (errnoName(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  },
  async names(folder) {
    const names = await readdir(folder);
    return names.filter((name) => !SILLY_RENAME.test(name));
  },
  async entries(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !SILLY_RENAME.test(name))
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
  open: (path) => openPlain(path, constants.O_RDONLY),
  openForWriting: (path) => openPlain(path, constants.O_RDWR),
  async make(path, mode) {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return openFile(await open(path, flags, mode));
  },
  link,
  rename,
  unlink,
  async makeFolder(path) {
    try {
      await mkdir(path);
    } catch (thrown) {
      if (errnoName(thrown) !== 'EEXIST' || (await nodeFileSystem.status(path))?.kind !== 'folder')
        throw thrown;
    }
  },
  removeFolder: rmdir,
  async syncFolder(path) {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  async space(path) {
    const { bsize, blocks, bavail } = await statfs(path);
    return { totalBytes: bsize * blocks, freeBytes: bsize * bavail };
  },
  demandWritable: (folder) => access(folder, constants.W_OK | constants.X_OK),
};

async function openPlain(path: string, access: number): Promise<OpenFile> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: a named pipe put at our name must not hang us.
    handle = await open(path, access | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    // A mount with `nodev` refuses devices as if they were somebody else's files.
    if (errnoName(thrown) === 'EACCES') demandPlainFile(kindOf(await lstat(path)), path);
    throw thrown;
  }
  try {
    demandPlainFile(kindOf(await handle.stat()), path);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
  return openFile(handle);
}

function openFile(handle: FileHandle): OpenFile {
  return {
    async status() {
      return statusOf(await handle.stat({ bigint: true }));
    },
    async readAt(target, position) {
      const { bytesRead } = await handle.read(target, 0, target.byteLength, position);
      return bytesRead;
    },
    async writeAt(bytes, position) {
      let written = 0;
      while (written < bytes.byteLength) {
        const rest = bytes.byteLength - written;
        const { bytesWritten } = await handle.write(bytes, written, rest, position + written);
        written += bytesWritten;
      }
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function statusOf(stats: BigIntStats): FileStatus {
  return {
    kind: kindOf(stats),
    identity: `${stats.dev}:${stats.ino}`,
    sizeBytes: Number(stats.size),
    physicalBytes: Number(stats.blocks) * 512,
    names: Number(stats.nlink),
    modifiedMs: Number(stats.mtimeMs),
  };
}

function kindOf(found: BigIntStats | Stats | Dirent): FileKind {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'symbolicLink' : 'other';
}
