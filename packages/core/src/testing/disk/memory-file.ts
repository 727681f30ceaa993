import type { FileEntry, FolderEntry, SpecialEntry } from './disk-entries.js';
import type { DiskStatus } from './memory-disk.js';
import type { SparseBytes } from './sparse-bytes.js';
import { SystemError } from './system-error.js';

/** What a handle asks of its disk. */
interface Disk {
  demandAlive(syscall: string): void;
  replace(file: FileEntry, contents: SparseBytes): void;
  closed(file: FileEntry): void;
  status(): DiskStatus;
}

/** A handle on what is on a {@link MemoryDisk}. It stays good when the name goes, and is stale after a power loss. */
export class MemoryFile {
  readonly #entry: FileEntry | FolderEntry | SpecialEntry;
  readonly #path: string;
  readonly #use: 'read' | 'write';
  readonly #disk: Disk;
  #state: 'open' | 'closed' = 'open';

  constructor(
    entry: FileEntry | FolderEntry | SpecialEntry,
    path: string,
    use: 'read' | 'write',
    disk: Disk,
  ) {
    this.#entry = entry;
    this.#path = path;
    this.#use = use;
    this.#disk = disk;
  }

  status(): DiskStatus {
    this.#demandOpen('fstat');
    return this.#disk.status();
  }

  /** Fills `target` from `position` as far as the file goes; returns how many bytes it filled. */
  readAt(target: Uint8Array, position: number): number {
    this.#demandOpen('read');
    if (this.#entry.kind === 'folder') throw new SystemError('EISDIR', 'read', this.#path);
    return this.#entry.kind === 'file' ? this.#entry.contents.read(target, position) : 0;
  }

  /** Writes all of `bytes`; they are durable only after {@link sync}. */
  writeAt(bytes: Uint8Array, position: number): void {
    this.#demandOpen('write');
    if (this.#use === 'read' || this.#entry.kind !== 'file') {
      throw new SystemError('EBADF', 'write', this.#path);
    }
    this.#disk.replace(this.#entry, this.#entry.contents.write(bytes, position));
  }

  /** Makes the contents durable, not the name. */
  sync(): void {
    this.#demandOpen('fsync');
    if (this.#entry.kind === 'file' || this.#entry.kind === 'folder') this.#entry.sync();
  }

  /** May be repeated. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (this.#entry.kind === 'file') this.#disk.closed(this.#entry);
  }

  #demandOpen(syscall: string): void {
    if (this.#state === 'closed') throw new SystemError('EBADF', syscall, this.#path);
    this.#disk.demandAlive(syscall);
  }
}
