import { dirname } from 'node:path';
import { type MemoryDisk, SystemError } from '@gdcloud/core/testing';
import type { RecordFiles } from '../record/record-files.js';

/**
 * The driver's files on a disk in memory. Passes the same contract as `nodeRecordFiles`; each call does all it does
 * before it returns its promise, so nothing happens by chance.
 */
export class MemoryRecordFiles implements RecordFiles {
  /** What outlives the processes that use it: for looking at, for strangers' deeds, and to take the power away. */
  readonly disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  async names(folder: string): Promise<readonly string[] | undefined> {
    return unlessMissing(() => this.disk.names(folder));
  }

  async read(path: string): Promise<string | undefined> {
    return unlessMissing(() => {
      const file = this.disk.open(path);
      try {
        const bytes = new Uint8Array(file.status().sizeBytes);
        file.readAt(bytes, 0);
        return Buffer.from(bytes).toString('utf8');
      } finally {
        file.close();
      }
    });
  }

  async write(path: string, text: string): Promise<void> {
    const file = this.disk.make(path, 0o600);
    try {
      file.writeAt(Buffer.from(text), 0);
      file.sync();
    } finally {
      file.close();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.disk.rename(from, to);
  }

  async link(existing: string, name: string): Promise<void> {
    this.disk.link(existing, name);
  }

  async remove(path: string): Promise<void> {
    unlessMissing(() => this.disk.unlink(path));
  }

  async makeFolder(path: string): Promise<void> {
    for (const made of this.disk.makeFolder(path)) this.disk.syncFolder(dirname(made));
  }

  async removeFolder(path: string): Promise<void> {
    unlessMissing(() => this.disk.removeFolder(path));
  }

  async syncFolder(path: string): Promise<void> {
    this.disk.syncFolder(path);
  }
}

function unlessMissing<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SystemError && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
