import type { ResourceChange } from './change.js';
import type { Position } from './position.js';

/** How many changes are kept. */
const KEPT = 2_048;

/** A change that was read, and how far one has read with it. */
export interface ReadChange {
  readonly number: number;
  /** Undefined where nobody can hear of it: its resource is forgotten, or is of a type that is not known here. */
  readonly change: ResourceChange | undefined;
  /** Of the reader, right after it. */
  readonly position: Position;
}

/** The changes that were read last, in the order in which they were read. */
export class RecentChanges {
  readonly #kept: ReadChange[] = [];
  /** How many have been read so far. */
  #count = 0;
  /** No record that turned up with a greater number is missing here. */
  #floor: number;

  /** `begin` is where reading began. */
  constructor(begin: Position) {
    this.#floor = begin.last;
  }

  /** How many have been read so far. */
  get count(): number {
    return this.#count;
  }

  add(read: ReadChange): void {
    this.#kept.push(read);
    this.#count += 1;
    // By halves: taking the first off a list costs as much as moving all others.
    if (this.#kept.length < 2 * KEPT) return;
    for (const { number } of this.#kept.splice(0, KEPT))
      this.#floor = Math.max(this.#floor, number);
  }

  /** All that were read since `count` of them had been; undefined where some are gone already. */
  since(count: number): readonly ReadChange[] | undefined {
    const first = this.#count - this.#kept.length;
    return count < first ? undefined : this.#kept.slice(count - first);
  }

  /** All that are kept, where whoever stands at `position` misses none but them; else undefined. */
  after({ last, gaps }: Position): readonly ReadChange[] | undefined {
    const next = gaps[0]?.first ?? last + 1;
    return next > this.#floor ? this.#kept : undefined;
  }
}
