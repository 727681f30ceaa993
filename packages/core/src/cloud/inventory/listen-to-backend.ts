import type { ResourceUuid } from '../../model/identity.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { RoutineTask } from '../../ports/routine-task.js';

/** How soon to listen again when a driver has stopped telling; milliseconds. */
const AGAIN = 1_000;

/** Turns what the compute driver hears of its servers into hints, so that a change from outside is looked at at once. */
export function listenToBackend(
  compute: ComputeDriver,
  events: EventBus,
  account: ResourceUuid,
): RoutineTask {
  return {
    name: 'listen to the compute driver',
    everyMs: AGAIN,
    limitMs: Number.POSITIVE_INFINITY,
    run: ({ signal }) =>
      compute.watch((uuid) => events.publish({ uuid, account, reason: 'backend' }), { signal }),
  };
}
