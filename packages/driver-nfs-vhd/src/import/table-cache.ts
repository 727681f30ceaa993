/** Tables of a sparse file that were read, the last ones used. Reads of the same table are one. */
export class TableCache {
  readonly #kept = new Map<number, Promise<Buffer>>();
  readonly #most: number;
  readonly #read: (position: number) => Promise<Buffer>;

  constructor(most: number, read: (position: number) => Promise<Buffer>) {
    this.#most = most;
    this.#read = read;
  }

  /** The table at a position of the file. */
  at(position: number): Promise<Buffer> {
    const known = this.#kept.get(position);
    const table = known ?? this.#read(position);
    if (known !== undefined) this.#kept.delete(position);
    this.#kept.set(position, table);
    // A failure is told to who asked, and not kept.
    table.catch(() => this.#kept.delete(position));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    return table;
  }
}
