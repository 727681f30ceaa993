import type { Writable } from '@gdcloud/driver-nfs-vhd/vhd';

const PAGE_BYTES = 64 * 1024;

/** A file in memory that a VHD is written to; holes take no room. Each call does all it does before it returns. */
export class MemoryVhdFile implements Writable {
  readonly #pages = new Map<number, Buffer>();
  #sizeBytes = 0;

  /** A file with these bytes. */
  static of(bytes: Uint8Array): MemoryVhdFile {
    const file = new MemoryVhdFile();
    file.#put(bytes, 0);
    return file;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async readAt(target: Uint8Array, position: number): Promise<number> {
    const length = Math.max(0, Math.min(target.byteLength, this.#sizeBytes - position));
    for (let done = 0; done < length; ) {
      const at = position + done;
      const from = at % PAGE_BYTES;
      const part = Math.min(length - done, PAGE_BYTES - from);
      const page = this.#pages.get(Math.floor(at / PAGE_BYTES));
      if (page === undefined) target.fill(0, done, done + part);
      else target.set(page.subarray(from, from + part), done);
      done += part;
    }
    return length;
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    this.#put(bytes, position);
  }

  async sync(): Promise<void> {}

  /** All of it. */
  bytes(): Buffer {
    const all = Buffer.alloc(this.#sizeBytes);
    for (const [page, bytes] of this.#pages) bytes.copy(all, page * PAGE_BYTES);
    return all;
  }

  #put(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.byteLength; ) {
      const at = position + done;
      const from = at % PAGE_BYTES;
      const part = bytes.subarray(done, done + PAGE_BYTES - from);
      const number = Math.floor(at / PAGE_BYTES);
      const page = this.#pages.get(number) ?? Buffer.alloc(PAGE_BYTES);
      this.#pages.set(number, page);
      page.set(part, from);
      done += part.byteLength;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.byteLength);
  }
}
