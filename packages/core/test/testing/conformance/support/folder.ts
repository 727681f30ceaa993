import type { Clock } from '@gdcloud/core';

/** A file as it is. */
export interface FileState {
  readonly text: string;
  /** Another one after every change. */
  readonly version: number;
  /** `busy` while a slow change is under way. */
  readonly state: 'ready' | 'busy';
}

/** A driver's way to a folder of files on another machine. Failures are Errors with a code. */
export interface Files {
  names(): Promise<readonly string[]>;
  read(name: string): Promise<FileState | undefined>;
  /** Makes a file, whole or not at all. Fails EEXIST. */
  make(name: string, text: string): Promise<void>;
  /** Replaces a file of that version. Fails ENOENT, ESTALE, and EBUSY while it is changing. */
  replace(name: string, text: string, version: number): Promise<void>;
  /** As {@link replace}, but takes two seconds; the file is busy meanwhile. */
  replaceSlowly(name: string, text: string, version: number): Promise<void>;
  /** Fails ENOENT and ESTALE. */
  remove(name: string, version: number): Promise<void>;
}

/** The password every connection is made with. */
export const PASSWORD = 'correct-horse-battery';
const SLOW = 2_000;

interface Entry {
  text: string;
  version: number;
  state: FileState['state'];
}

/** A folder in memory, for a driver to work on. */
export class Folder implements Files {
  readonly entries = new Map<string, Entry>();
  connection: 'up' | 'down' = 'up';
  readonly #clock: Clock;
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async names(): Promise<readonly string[]> {
    await this.#reach();
    return [...this.entries.keys()].sort();
  }

  async read(name: string): Promise<FileState | undefined> {
    await this.#reach();
    const entry = this.entries.get(name);
    return entry === undefined ? undefined : { ...entry };
  }

  async make(name: string, text: string): Promise<void> {
    await this.#reach();
    if (this.entries.has(name)) throw coded('EEXIST', name);
    this.put(name, text);
  }

  async replace(name: string, text: string, version: number): Promise<void> {
    await this.#reach();
    this.#demand(name, version);
    this.put(name, text);
  }

  async replaceSlowly(name: string, text: string, version: number): Promise<void> {
    await this.#reach();
    const entry = this.#demand(name, version);
    entry.state = 'busy';
    this.#clock.schedule(SLOW, () => {
      if (this.entries.get(name) === entry) this.put(name, text);
    });
  }

  async remove(name: string, version: number): Promise<void> {
    await this.#reach();
    const entry = this.entries.get(name);
    if (entry === undefined) throw coded('ENOENT', name);
    if (entry.version !== version) throw coded('ESTALE', name);
    this.entries.delete(name);
  }

  /** Writes past all rules, as an operator with a shell does. */
  put(name: string, text: string): void {
    this.#version += 1;
    this.entries.set(name, { text, version: this.#version, state: 'ready' });
  }

  #demand(name: string, version: number): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw coded('ENOENT', name);
    if (entry.version !== version) throw coded('ESTALE', name);
    if (entry.state === 'busy') throw coded('EBUSY', name);
    return entry;
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (this.connection === 'down') {
      throw coded('ECONNREFUSED', `cifs://admin:${PASSWORD}@share/files`);
    }
  }
}

export function coded(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
