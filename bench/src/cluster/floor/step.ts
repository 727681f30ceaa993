import { KINDS } from '../../floor/floor-store.js';
import type { ClusterRows } from './cluster-rows.js';

/** How many events one start takes, and how many of them write. */
export const EVENTS = 25;
const WRITES = 13;

/** One event of a server's start. */
export interface Step {
  readonly id: string;
  /** Counted from 0. */
  readonly event: number;
}

/**
 * What one event does: it reads a row, and 13 of the 25 write it by version compare-and-set under the fence. The last
 * one makes the server `running`. Returns the event after it.
 */
export async function takeStep(
  rows: ClusterRows,
  { id, event }: Step,
  fence: bigint,
): Promise<Step | 'done'> {
  const last = EVENTS - 1;
  const kind = KINDS[(last - event) % KINDS.length] ?? 'server';
  const row = await rows.read(id, kind);
  if (row === undefined) throw new Error(`${kind} of ${id} is missing`);
  // Every other event writes, the first and the last one included.
  if (event % 2 === 0 && event / 2 < WRITES)
    await rows.compareAndSet(row, event === last ? 'running' : 'starting', fence);
  return event === last ? 'done' : { id, event: event + 1 };
}
