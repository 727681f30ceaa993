import { dirname } from 'node:path';
import type { DiskStatus, MemoryDisk, MemoryFile } from '@gdcloud/core/testing';
import type {
  FileKind,
  FileStatus,
  FileSystem,
  FileSystemSpace,
  FolderEntry,
  OpenFile,
} from '../files/file-system.js';
import { demandPlainFile } from '../files/plain-file.js';

/**
 * The driver's file system on a disk in memory. Passes the same contract as `nodeFileSystem`; each call does all it does
 * before it returns its promise, so nothing happens by chance.
 */
export class MemoryFileSystem implements FileSystem {
  /** What outlives the processes that use it: for looking at, for strangers' deeds, and to take the power away. */
  readonly disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const status = this.disk.status(path);
    return status === undefined ? undefined : fileStatus(status);
  }

  async names(folder: string): Promise<readonly string[]> {
    return this.disk.names(folder);
  }

  async entries(folder: string): Promise<readonly FolderEntry[]> {
    return this.disk.names(folder).map((name) => {
      const status = this.disk.status(`${folder}/${name}`);
      return { name, kind: status === undefined ? 'other' : kindOf(status) };
    });
  }

  async open(path: string): Promise<OpenFile> {
    return openPlain(this.disk.open(path), path);
  }

  async openForWriting(path: string): Promise<OpenFile> {
    return openPlain(this.disk.open(path, 'write'), path);
  }

  async make(path: string, mode: number): Promise<OpenFile> {
    return openFile(this.disk.make(path, mode));
  }

  async link(existing: string, name: string): Promise<void> {
    this.disk.link(existing, name);
  }

  async rename(from: string, to: string): Promise<void> {
    this.disk.rename(from, to);
  }

  async unlink(path: string): Promise<void> {
    this.disk.unlink(path);
  }

  async makeFolder(path: string): Promise<void> {
    this.disk.names(dirname(path));
    this.disk.makeFolder(path);
  }

  async removeFolder(path: string): Promise<void> {
    this.disk.removeFolder(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.disk.syncFolder(path);
  }

  async space(path: string): Promise<FileSystemSpace> {
    return this.disk.space(path);
  }

  async demandWritable(folder: string): Promise<void> {
    this.disk.demandWritable(folder);
  }
}

function openPlain(file: MemoryFile, path: string): OpenFile {
  try {
    demandPlainFile(kindOf(file.status()), path);
  } catch (thrown) {
    file.close();
    throw thrown;
  }
  return openFile(file);
}

function openFile(file: MemoryFile): OpenFile {
  return {
    status: async () => fileStatus(file.status()),
    readAt: async (target, position) => file.readAt(target, position),
    writeAt: async (bytes, position) => file.writeAt(bytes, position),
    sync: async () => file.sync(),
    close: async () => file.close(),
  };
}

function fileStatus(status: DiskStatus): FileStatus {
  const { identity, sizeBytes, physicalBytes, names, modifiedMs } = status;
  const kind = kindOf(status);
  return { kind, identity: `${identity}`, sizeBytes, physicalBytes, names, modifiedMs };
}

function kindOf({ kind }: DiskStatus): FileKind {
  return kind === 'socket' || kind === 'pipe' ? 'other' : kind;
}
