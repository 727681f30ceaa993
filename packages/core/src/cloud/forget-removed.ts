import type { Clock } from '../ports/clock.js';
import type { RoutineTask } from '../ports/routine-task.js';
import type { Store } from '../ports/store.js';

/** How long a removed resource can still be read by its id; milliseconds. */
const REMEMBERED = 24 * 60 * 60_000;
const EVERY = 15 * 60_000;

/** Deletes tombstones nobody will ask for any more. */
export function forgetRemoved(store: Pick<Store, 'purge'>, clock: Clock): RoutineTask {
  return {
    name: 'forget removed resources',
    everyMs: EVERY,
    run: async () => {
      await store.purge(clock.now() - REMEMBERED);
    },
  };
}
