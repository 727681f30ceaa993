import { type FloorStore, KINDS } from './floor-store.js';

/** How many events one start takes, and how many of them write. */
const EVENTS = 25;
const WRITES = 13;

const locked = new Set<string>();

/**
 * Starts one server on nothing: 25 events, one after the other; each reads a row, and 13 of them also lock it, write it
 * by version compare-and-set and unlock it. The last one makes the server `running`.
 */
export async function startServer(store: FloorStore, id: string): Promise<void> {
  let writes = 0;
  for (let event = 0; event < EVENTS; event += 1) {
    // Every other event writes, the last one included.
    const writing = event % 2 === 0 && writes < WRITES;
    const kind = KINDS[(EVENTS - 1 - event) % KINDS.length] ?? 'server';
    const row = store.read(id, kind);
    if (row === undefined) throw new Error(`${kind} of ${id} is missing`);
    if (writing) {
      writes += 1;
      if (locked.has(row.id)) throw new Error(`${row.id} is locked`);
      locked.add(row.id);
      await store.compareAndSet(row, event === EVENTS - 1 ? 'running' : 'starting', row.data);
      locked.delete(row.id);
    } else {
      await Promise.resolve();
    }
  }
}
