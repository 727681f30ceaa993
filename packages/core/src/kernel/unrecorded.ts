import type { Resource } from '../model/resource.js';
import type { ReferenceChange, StatusRecord } from '../ports/store.js';

/**
 * What a pass has done that is not durable yet: the next pass under the same lock writes it together with its own
 * record, or before it does anything outside. So no two changes outside ever stand between two records, and a crash
 * loses no more than one that comes right after a change: the next pass finds what was done by its key.
 */
export interface Unrecorded {
  readonly record: StatusRecord;
  /** The row as neighbours and listeners know it, and what became of it since. */
  readonly before: readonly Resource[];
}

/** The row as it will be once `record` is written; what is asked of it may have changed by then. */
export function asRecorded<R extends Resource>(resource: R, record: StatusRecord): R {
  const { events: _events, shown: _shown, references: _references, ...observed } = record;
  return { ...resource, ...observed };
}

/** One record in the place of two, one right after the other. */
export function together(earlier: StatusRecord, later: StatusRecord): StatusRecord {
  const references = mergedReferences(earlier.references, later.references);
  return {
    ...later,
    events: [...earlier.events, ...later.events],
    ...(references === undefined ? {} : { references }),
  };
}

function mergedReferences(
  earlier: ReferenceChange | undefined,
  later: ReferenceChange | undefined,
): ReferenceChange | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  const kept = earlier.fields.filter((field) => !later.fields.includes(field));
  return {
    fields: [...kept, ...later.fields],
    targets: [...earlier.targets.filter(({ field }) => kept.includes(field)), ...later.targets],
  };
}
