import type { ResourceUuid } from '../model/identity.js';
import type { HistoryEvent } from './store.js';

/**
 * Every write that callers can see the effect of leaves a record, in the same unit. Records are numbered as they are
 * written, and a database with many writers shows them as they are committed: a smaller number may turn up after a
 * greater one, and some never do. Those of one resource turn up in the order of their numbers.
 */
export interface ChangeRecords {
  /** The numbers of the newest records, in ascending order; at most `limit`. */
  newestChanges(limit: number): Promise<readonly number[]>;
  /** Records that were not seen yet, in the order of their numbers. Old ones of a resource that has many are forgotten. */
  changes(query: ChangeQuery): Promise<readonly ChangeRecord[]>;
}

/** Which records are asked for. */
export interface ChangeQuery {
  /** All with a greater number, … */
  readonly after: number;
  /** … and those of these stretches of smaller ones, which had not turned up. */
  readonly missing: readonly NumberStretch[];
  readonly limit: number;
}

/** Numbers in a row, both ends included. */
export interface NumberStretch {
  readonly first: number;
  readonly last: number;
}

/** What one write left behind. */
export interface ChangeRecord {
  readonly number: number;
  readonly resource: ResourceUuid;
  /** What happened; empty where only what is observed is another than before. */
  readonly events: readonly HistoryEvent[];
}
