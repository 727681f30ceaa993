import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import { type Chance, type Entry, FileEntry, FolderEntry } from './disk-entries.js';
import { MemoryFile } from './memory-file.js';
import { type Found, lookUp } from './paths.js';
import type { SparseBytes } from './sparse-bytes.js';
import { SystemError, type SystemErrorName } from './system-error.js';

/** What a {@link MemoryDisk} is made of. */
export interface MemoryDiskOptions {
  /** Stamps what is written. */
  readonly clock: Pick<Clock, 'now'>;
  /** How much it holds; default 2 ** 40. */
  readonly capacityBytes?: number | undefined;
}

/** What a disk knows of a name. */
export interface DiskStatus {
  readonly kind: Entry['kind'];
  /** Two names with the same one stand for one file. */
  readonly identity: number;
  readonly sizeBytes: number;
  /** What it takes on the disk, in bytes. */
  readonly physicalBytes: number;
  /** How many names it has; 1 for all but files. */
  readonly names: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** The permissions it was made with. Nothing is refused because of them: the process is root. */
  readonly mode: number;
}

/**
 * A disk in memory with what drivers rely on of a real one: hard links, exclusive making, open files that outlive their
 * names, holes, Linux's errors (as {@link SystemError}) and durability. Contents are durable once the file was synced,
 * names once their folder was; a process that dies loses nothing, {@link powerLoss} loses the rest. Calls do all they do
 * before they return; paths are absolute; symbolic links are followed except in the last part.
 */
export class MemoryDisk {
  /** `readOnly` makes changes fail with `EROFS`. */
  access: 'readWrite' | 'readOnly' = 'readWrite';
  /** Writes that would take more fail with `ENOSPC`. */
  capacityBytes: number;
  readonly #clock: Pick<Clock, 'now'>;
  #root: FolderEntry;
  readonly #identities = new WeakMap<Entry, number>();
  #usedBytes = 0;
  #boots = 0;
  #known = 0;

  constructor({ clock, capacityBytes }: MemoryDiskOptions) {
    this.#clock = clock;
    this.#root = new FolderEntry(clock.now());
    this.capacityBytes = capacityBytes ?? 2 ** 40;
  }

  /** A disk that is as this one is now, without its handles; what happens to one of them does not to the other. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk({ clock: this.#clock, capacityBytes: this.capacityBytes });
    const files = new Map<FileEntry, FileEntry>();
    disk.access = this.access;
    disk.#root = this.#root.copy(files);
    for (const { uses, contents } of files.values()) {
      if (uses > 0) disk.#usedBytes += contents.storedBytes;
    }
    return disk;
  }

  /** What all files take together. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What is at `path`; absent when nothing is. */
  status(path: string): DiskStatus | undefined {
    try {
      const { entry } = this.#look(path, 'lstat');
      return entry === undefined ? undefined : this.#statusOf(entry);
    } catch (thrown) {
      if (thrown instanceof SystemError && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** Names in a folder, the oldest first. */
  names(folder: string): readonly string[] {
    return [...this.#folder(folder, 'scandir').entries.keys()];
  }

  /** Opens what is there, for reading unless said otherwise; a symbolic link is refused with `ELOOP`. */
  open(path: string, use: 'read' | 'write' = 'read'): MemoryFile {
    const entry = this.#existing(path, 'open');
    if (entry.kind === 'symbolicLink') throw new SystemError('ELOOP', 'open', path);
    if (entry.kind === 'socket') throw new SystemError('ENXIO', 'open', path);
    return this.#handle(entry, path, use);
  }

  /** Makes a file that must not exist and opens it for reading and writing. */
  make(path: string, mode: number): MemoryFile {
    const file = new FileEntry(mode, this.#clock.now());
    this.#add(path, 'open', file);
    return this.#handle(file, path, 'write');
  }

  /** Gives a file another name, which must not exist. */
  link(existing: string, name: string): void {
    const entry = this.#existing(existing, 'link');
    const place = this.#free(name, 'link');
    if (entry.kind === 'folder') throw new SystemError('EPERM', 'link', existing);
    this.#set(place, entry);
  }

  /** Lets `to` stand for what `from` stood for, in one step. */
  rename(from: string, to: string): void {
    const source = this.#look(from, 'rename');
    const entry = this.#existing(from, 'rename');
    const place = this.#look(to, 'rename');
    this.#demandWritable('rename', from);
    this.#demandReplaceable(entry, place, to);
    if (entry === place.entry) return;
    this.#set(place, entry);
    this.#set(source, undefined);
  }

  /** Removes a name that is not a folder's. Files that are open stay readable. */
  unlink(path: string): void {
    const entry = this.#existing(path, 'unlink');
    this.#demandWritable('unlink', path);
    if (entry.kind === 'folder') throw new SystemError('EISDIR', 'unlink', path);
    this.#set(this.#look(path, 'unlink'), undefined);
  }

  /** Makes a folder and those above it; nothing happens where it exists. Returns those it made, the highest first. */
  makeFolder(path: string): readonly string[] {
    const made: string[] = [];
    const parts = path.split('/').filter((part) => part !== '');
    for (let count = 1; count <= parts.length; count += 1) {
      const part = `/${parts.slice(0, count).join('/')}`;
      const place = lookUp(this.#root, part, 'mkdir', 'follow');
      if (place.entry?.kind === 'folder') continue;
      if (place.entry !== undefined) {
        throw new SystemError(count === parts.length ? 'EEXIST' : 'ENOTDIR', 'mkdir', path);
      }
      this.#demandWritable('mkdir', path);
      this.#set(this.#free(part, 'mkdir'), new FolderEntry(this.#clock.now()));
      made.push(part);
    }
    return made;
  }

  /** Removes a folder that is empty. */
  removeFolder(path: string): void {
    const place = this.#look(path, 'rmdir');
    const entry = this.#existing(path, 'rmdir');
    this.#demandWritable('rmdir', path);
    if (entry.kind !== 'folder') throw new SystemError('ENOTDIR', 'rmdir', path);
    if (entry.entries.size > 0) throw new SystemError('ENOTEMPTY', 'rmdir', path);
    this.#set(place, undefined);
  }

  /** Makes the names in a folder durable. */
  syncFolder(path: string): void {
    this.#folder(path, 'open').sync();
  }

  /** Makes a symbolic link, as a stranger would: no driver does. */
  makeSymbolicLink(target: string, path: string): void {
    this.#add(path, 'symlink', { kind: 'symbolicLink', target, modifiedMs: this.#clock.now() });
  }

  /** Makes a socket or a pipe, as a stranger would. */
  makeSpecial(kind: 'socket' | 'pipe', path: string): void {
    this.#add(path, 'mknod', { kind, modifiedMs: this.#clock.now() });
  }

  /** Fails as a write would where the disk or `path` can't be written to. */
  demandWritable(path: string): void {
    this.#folder(path, 'access');
    this.#demandWritable('access', path);
  }

  /** Room on the disk; `path` has to exist. */
  space(path: string): { readonly totalBytes: number; readonly freeBytes: number } {
    this.#folder(path, 'statfs');
    const freeBytes = Math.max(0, this.capacityBytes - this.#usedBytes);
    return { totalBytes: this.capacityBytes, freeBytes };
  }

  /**
   * The machine loses power and starts again: contents and names that were not synced are gone, and handles from before
   * are stale. With `random`, each name and each write since its sync may have reached the disk all the same, as on a
   * real one; writes to one file do so in their order.
   */
  powerLoss(random?: Pick<Random, 'fraction'>): void {
    this.#boots += 1;
    const chance: Chance = (count) =>
      random === undefined ? 0 : Math.min(count - 1, Math.floor(random.fraction() * count));
    const files = new Map<FileEntry, number>();
    const folders = [this.#root];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      folder.lose(chance);
      for (const entry of folder.entries.values()) {
        if (entry.kind === 'folder') folders.push(entry);
        if (entry.kind === 'file') files.set(entry, (files.get(entry) ?? 0) + 1);
      }
    }
    this.#usedBytes = 0;
    for (const [file, names] of files) {
      file.uses = names;
      file.names = names;
      file.lose(chance);
      this.#usedBytes += file.contents.storedBytes;
    }
  }

  #handle(
    entry: Exclude<Entry, { readonly kind: 'symbolicLink' }>,
    path: string,
    use: 'read' | 'write',
  ): MemoryFile {
    const boot = this.#boots;
    if (entry.kind === 'file') entry.uses += 1;
    return new MemoryFile(entry, path, use, {
      demandAlive: (syscall) => {
        if (boot !== this.#boots) throw new SystemError('ESTALE', syscall, path);
      },
      replace: (file, contents) => this.#replace(file, contents, path),
      closed: (file) => {
        if (boot !== this.#boots) return;
        file.uses -= 1;
        this.#reclaim(file);
      },
      status: () => this.#statusOf(entry),
    });
  }

  #replace(file: FileEntry, contents: SparseBytes, path: string): void {
    this.#demandWritable('write', path);
    const more = contents.storedBytes - file.contents.storedBytes;
    if (more > 0 && this.#usedBytes + more > this.capacityBytes) {
      throw new SystemError('ENOSPC', 'write', path);
    }
    this.#usedBytes += more;
    file.write(contents, this.#clock.now());
  }

  #statusOf(entry: Entry): DiskStatus {
    const identity = this.#identities.get(entry) ?? this.#known++;
    this.#identities.set(entry, identity);
    return { identity, ...statusOf(entry) };
  }

  #look(path: string, syscall: string): Found {
    return lookUp(this.#root, path, syscall, 'refuse');
  }

  #existing(path: string, syscall: string): Entry {
    const { entry } = this.#look(path, syscall);
    if (entry === undefined) throw new SystemError('ENOENT', syscall, path);
    return entry;
  }

  #folder(path: string, syscall: string): FolderEntry {
    const { entry } = lookUp(this.#root, path, syscall, 'follow');
    if (entry?.kind === 'folder') return entry;
    throw new SystemError(entry === undefined ? 'ENOENT' : 'ENOTDIR', syscall, path);
  }

  #free(path: string, syscall: string): Found {
    const place = this.#look(path, syscall);
    if (place.entry !== undefined) throw new SystemError('EEXIST', syscall, path);
    this.#demandWritable(syscall, path);
    return place;
  }

  #add(path: string, syscall: string, entry: Entry): void {
    this.#set(this.#free(path, syscall), entry);
  }

  #set({ folder, name }: Found, entry: Entry | undefined): void {
    const before = folder.entries.get(name);
    folder.set(name, entry, this.#clock.now());
    if (before?.kind === 'file') this.#reclaim(before);
  }

  #reclaim(file: FileEntry): void {
    if (file.uses === 0) this.#usedBytes -= file.contents.storedBytes;
  }

  #demandWritable(syscall: string, path: string): void {
    if (this.access === 'readOnly') throw new SystemError('EROFS', syscall, path);
  }

  #demandReplaceable(entry: Entry, place: Found, path: string): void {
    const refuse = (name: SystemErrorName): never => {
      throw new SystemError(name, 'rename', path);
    };
    if (entry.kind === 'folder' && contains(entry, place.folder)) refuse('EINVAL');
    const replaced = place.entry;
    if (replaced === undefined || replaced === entry) return;
    if (entry.kind !== 'folder' && replaced.kind === 'folder') refuse('EISDIR');
    if (entry.kind === 'folder' && replaced.kind !== 'folder') refuse('ENOTDIR');
    if (replaced.kind === 'folder' && replaced.entries.size > 0) refuse('ENOTEMPTY');
  }
}

function contains(folder: FolderEntry, sought: FolderEntry): boolean {
  if (folder === sought) return true;
  return [...folder.entries.values()].some(
    (entry) => entry.kind === 'folder' && contains(entry, sought),
  );
}

function statusOf(entry: Entry): Omit<DiskStatus, 'identity'> {
  const { kind, modifiedMs } = entry;
  const { mode, names } = entry.kind === 'file' ? entry : { mode: 0o777, names: 1 };
  return { kind, modifiedMs, mode, names, ...sizesOf(entry) };
}

function sizesOf(entry: Entry): Pick<DiskStatus, 'sizeBytes' | 'physicalBytes'> {
  if (entry.kind === 'file') {
    return { sizeBytes: entry.contents.sizeBytes, physicalBytes: entry.contents.storedBytes };
  }
  if (entry.kind === 'folder') return { sizeBytes: 4096, physicalBytes: 4096 };
  const sizeBytes = entry.kind === 'symbolicLink' ? Buffer.byteLength(entry.target) : 0;
  return { sizeBytes, physicalBytes: 0 };
}
