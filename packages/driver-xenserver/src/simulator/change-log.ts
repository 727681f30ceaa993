import type { Row } from './database.js';

/** A deletion that `event.from` can still report. */
export interface Removal {
  readonly class: string;
  readonly ref: string;
  readonly created: number;
  readonly removed: number;
}

interface Entry {
  readonly generation: number;
  readonly row: Row;
}

/** How many deletions are remembered; a real XAPI keeps 256 to 512 per class (reference/xenserver.md 1.4). */
const REMOVALS_KEPT = 512;
const ENTRIES_KEPT = 50_000;

/** Which rows changed after a generation, without looking at all rows. */
export class ChangeLog {
  #entries: Entry[] = [];
  #oldest = 0;
  readonly #removals = new Map<string, Removal[]>();

  record(row: Row, generation: number): void {
    this.#entries.push({ generation, row });
    if (this.#entries.length > 2 * ENTRIES_KEPT) {
      this.#entries = this.#entries.slice(-ENTRIES_KEPT);
      this.#oldest = this.#entries[0]?.generation ?? generation;
    }
  }

  recordRemoval(row: Row, generation: number): void {
    const removals = this.#removals.get(row.class) ?? [];
    this.#removals.set(row.class, removals);
    removals.push({ class: row.class, ref: row.ref, created: row.created, removed: generation });
    if (removals.length > REMOVALS_KEPT) removals.splice(0, removals.length - REMOVALS_KEPT / 2);
  }

  /** The rows written after `generation`, each once, or `everything` when the log does not reach back that far. */
  since(generation: number): ReadonlySet<Row> | 'everything' {
    if (generation < this.#oldest) return 'everything';
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.generation ?? 0) > generation) high = middle;
      else low = middle + 1;
    }
    return new Set(this.#entries.slice(low).map((entry) => entry.row));
  }

  /** Deletions after `generation` of objects that existed at it. */
  removalsSince(generation: number): readonly Removal[] {
    return [...this.#removals.values()].flatMap((removals) =>
      removals.filter((entry) => entry.removed > generation && entry.created <= generation),
    );
  }
}
