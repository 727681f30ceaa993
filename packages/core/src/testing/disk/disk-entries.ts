import { SparseBytes } from './sparse-bytes.js';

/** What a name on a {@link MemoryDisk} stands for; several names may stand for one file. */
export type Entry = FileEntry | FolderEntry | SymbolicLinkEntry | SpecialEntry;

/** A file, however many names it has. */
export class FileEntry {
  readonly kind = 'file';
  readonly mode: number;
  contents: SparseBytes = SparseBytes.EMPTY;
  modifiedMs: number;
  names = 0;
  /** Names of it, and handles on it: with neither its room is free again. */
  uses = 0;
  // What a power loss may leave: the synced contents first, then those of each write since.
  #versions: SparseBytes[] = [SparseBytes.EMPTY];

  constructor(mode: number, modifiedMs: number) {
    this.mode = mode;
    this.modifiedMs = modifiedMs;
  }

  /** Counts a name more or less. */
  named(more: 1 | -1): void {
    this.names += more;
    this.uses += more;
  }

  /** Puts other contents in; they are durable only after {@link sync}. */
  write(contents: SparseBytes, modifiedMs: number): void {
    this.contents = contents;
    this.modifiedMs = modifiedMs;
    this.#versions.push(contents);
  }

  /** Makes the contents durable. */
  sync(): void {
    this.#versions = [this.contents];
  }

  /** A file with these contents, synced as far as this one is, without names. */
  copy(): FileEntry {
    const copy = new FileEntry(this.mode, this.modifiedMs);
    copy.contents = this.contents;
    copy.#versions = [...this.#versions];
    return copy;
  }

  /** Goes back to the synced contents, or on to those of a later write where chance says so. */
  lose(chance: Chance): void {
    this.contents = this.#versions[chance(this.#versions.length)] ?? this.contents;
    this.sync();
  }
}

/** A folder: names, and which of them a power loss would take back. */
export class FolderEntry {
  readonly kind = 'folder';
  readonly entries = new Map<string, Entry>();
  modifiedMs: number;
  /** What stood at each name when it was last durable. */
  #durable = new Map<string, Entry | undefined>();

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  /** Lets a name stand for something else, or for nothing; durable only after {@link sync}. */
  set(name: string, entry: Entry | undefined, modifiedMs: number): void {
    if (!this.#durable.has(name)) this.#durable.set(name, this.entries.get(name));
    this.modifiedMs = modifiedMs;
    this.#put(name, entry);
  }

  /** Makes the names durable. */
  sync(): void {
    this.#durable.clear();
  }

  /** A folder with copies of all that is in it, synced as far as this one is; `copied` are files that have one already. */
  copy(copied: Map<FileEntry, FileEntry> = new Map()): FolderEntry {
    const copyOf = (entry: Entry): Entry => {
      if (entry.kind === 'folder') return entry.copy(copied);
      if (entry.kind !== 'file') return entry;
      const known = copied.get(entry) ?? entry.copy();
      copied.set(entry, known);
      return known;
    };
    const copy = new FolderEntry(this.modifiedMs);
    for (const [name, entry] of this.entries) copy.#put(name, copyOf(entry));
    for (const [name, entry] of this.#durable) {
      copy.#durable.set(name, entry === undefined ? undefined : copyOf(entry));
    }
    return copy;
  }

  /** Takes back the names that were not synced, each of them unless chance keeps it. */
  lose(chance: Chance): void {
    for (const [name, entry] of this.#durable) if (chance(2) === 0) this.#put(name, entry);
    this.sync();
  }

  #put(name: string, entry: Entry | undefined): void {
    const before = this.entries.get(name);
    if (before?.kind === 'file') before.named(-1);
    if (entry?.kind === 'file') entry.named(1);
    if (entry === undefined) this.entries.delete(name);
    else this.entries.set(name, entry);
  }
}

/** A symbolic link. */
export interface SymbolicLinkEntry {
  readonly kind: 'symbolicLink';
  readonly target: string;
  readonly modifiedMs: number;
}

/** A socket, which can't be opened, or a pipe nobody writes to. */
export interface SpecialEntry {
  readonly kind: 'socket' | 'pipe';
  readonly modifiedMs: number;
}

/** Chooses one of `count` outcomes, from 0; 0 is the one that keeps nothing. */
export type Chance = (count: number) => number;
