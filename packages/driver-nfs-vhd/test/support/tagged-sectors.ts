/** How many bytes are told apart by one tag. */
export const SECTOR = 512;

/** What sectors hold of which each is one number repeated. Memory is made once: to make it for each look costs more than all else. */
export class TaggedSectors {
  readonly #room: Buffer;
  readonly #words: Uint32Array;

  constructor(mostBytes: number) {
    this.#room = Buffer.alloc(mostBytes);
    this.#words = new Uint32Array(this.#room.buffer, this.#room.byteOffset, mostBytes / 4);
  }

  /** The bytes of sectors with these tags; good until the next call. */
  bytes(tags: Uint32Array): Buffer {
    for (let from = 0; from < tags.length; ) {
      const tag = tags[from] ?? 0;
      let to = from + 1;
      while (to < tags.length && tags[to] === tag) to += 1;
      this.#words.fill(tag, (from * SECTOR) / 4, (to * SECTOR) / 4);
      from = to;
    }
    return this.#room.subarray(0, tags.length * SECTOR);
  }
}
