import type { JsonObject } from '@gdcloud/core';

/** The record a constructor message takes: fields by name, in the wire's encoding. */
export type CreateRecord = JsonObject;

/** One event of `event.from`. */
export interface EventRecord {
  /** Lower case. */
  readonly class: string;
  readonly operation: 'add' | 'mod' | 'del';
  readonly ref: string;
  /** The object's record; absent for `del`. */
  readonly snapshot?: JsonObject | undefined;
}

/** An answer of `event.from`. */
export interface EventBatch {
  readonly token: string;
  readonly events: readonly EventRecord[];
  /** How many objects of each class there are; tells that a deletion was missed. */
  readonly valid_ref_counts: Readonly<Record<string, number>>;
}
