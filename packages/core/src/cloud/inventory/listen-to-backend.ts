import type { ResourceUuid } from '../../model/identity.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { TellingDriver } from '../../ports/telling-driver.js';

/** How soon to listen again when a driver has stopped telling; milliseconds. */
const AGAIN = 1_000;

/**
 * Turns what a driver hears of its servers or networks into hints, so that a change from outside is looked at at once.
 * `what` is what the driver is for.
 */
export function listenToBackend(
  what: 'compute' | 'network',
  driver: TellingDriver,
  events: EventBus,
  account: ResourceUuid,
): RoutineTask {
  return {
    name: `listen to the ${what} driver`,
    everyMs: AGAIN,
    limitMs: Number.POSITIVE_INFINITY,
    run: ({ signal }) =>
      driver.watch((uuid) => events.publish({ uuid, account, reason: 'backend' }), { signal }),
  };
}
