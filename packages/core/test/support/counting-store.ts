import type { Store } from '@gdcloud/core';

/** A store that knows whether it is at work. */
export interface CountingStore {
  readonly store: Store;
  /** How many calls are not answered yet. */
  pending(): number;
}

/**
 * Counts what a store has still to answer. A database takes real time, so that no number of turns of the event loop
 * says that nothing happens any more; an answer that is due does.
 */
export function countingStore(store: Store): CountingStore {
  let pending = 0;
  const counted = Object.entries(store).map(([name, method]) => [
    name,
    async (...args: readonly unknown[]): Promise<unknown> => {
      pending += 1;
      try {
        return await (method as (...given: readonly unknown[]) => unknown)(...args);
      } finally {
        pending -= 1;
      }
    },
  ]);
  return { store: Object.fromEntries(counted) as Store, pending: () => pending };
}
