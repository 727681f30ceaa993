import type { ChangeTurns, PartRecord } from '../model/resource.js';

/** How many fields are told apart: about as many as a server has, and few enough for a row. */
const FIELDS = 32;

/** Which change is the next of each field. */
export function turnsOf({ turns, step }: PartRecord): ChangeTurns {
  return turns ?? { fields: [], others: step };
}

/**
 * Tells the next change of a field from those of it that are done. It is the same until one is recorded: the step would
 * not do, for who takes over a restart that is half done may find another change to make first, and the guest would be
 * rebooted twice.
 */
export function turnOf(record: PartRecord, field: string): number {
  const { fields, others } = turnsOf(record);
  return fields.find(([name]) => name === field)?.[1] ?? others;
}

/** The turns once a change of `field` is recorded. */
export function turnsAfter(record: PartRecord, field: string): ChangeTurns {
  const { fields, others } = turnsOf(record);
  const known = [...fields.filter(([name]) => name !== field), [field, record.step + 1] as const];
  const kept = known.slice(-FIELDS);
  // What was done of a field that is forgotten must not be taken for its next change.
  const forgotten = known.slice(0, -FIELDS).map(([, step]) => step);
  return { fields: kept, others: Math.max(others, ...forgotten) };
}
