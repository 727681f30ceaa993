import type { FileSystem, OpenFile } from '../files/file-system.js';
import type { Readable } from '../vhd/reader.js';
import type { Part, StoredContent } from './content-store.js';

/** Files that are kept open. */
const MOST_OPEN = 16;

/** Content on the share as one file. */
export class PartsFile implements Readable {
  readonly sizeBytes: number;
  readonly #files: FileSystem;
  readonly #parts: readonly Part[];
  readonly #open = new Map<string, Promise<OpenFile>>();
  /** Reads under way: nothing is closed meanwhile. */
  #reading = 0;

  constructor(files: FileSystem, content: StoredContent) {
    this.#files = files;
    this.#parts = content.parts;
    this.sizeBytes = content.receivedBytes;
  }

  async readAt(target: Uint8Array, position: number): Promise<number> {
    const part = this.#partAt(position);
    if (part === undefined || target.byteLength === 0) return 0;
    this.#reading += 1;
    try {
      const file = await this.#opened(part);
      const length = Math.min(target.byteLength, part.end - position);
      return await file.readAt(target.subarray(0, length), position - part.start);
    } finally {
      this.#reading -= 1;
      await this.#closeOldest();
    }
  }

  /** Closes all that was opened. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map(async (file) => (await file).close()));
  }

  #opened({ path }: Part): Promise<OpenFile> {
    const known = this.#open.get(path);
    const file = known ?? this.#files.open(path);
    // The last one used is the last one in the map.
    if (known !== undefined) this.#open.delete(path);
    this.#open.set(path, file);
    return file;
  }

  async #closeOldest(): Promise<void> {
    if (this.#reading > 0 || this.#open.size <= MOST_OPEN) return;
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest[0]);
    await (await oldest[1]).close();
  }

  #partAt(position: number): Part | undefined {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#parts[middle]?.end ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    const part = this.#parts[low];
    return part !== undefined && part.start <= position ? part : undefined;
  }
}
