import type { ResourceUuid } from '../../model/identity.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { RoutineTask } from '../../ports/routine-task.js';

/** How soon to listen again when a driver has stopped telling; milliseconds. */
const AGAIN = 1_000;

/** Turns what drivers hear of servers and networks into hints, so that a change from outside is looked at at once. */
export function listenToBackends(
  { compute, network }: { readonly compute: ComputeDriver; readonly network: NetworkDriver },
  events: EventBus,
  account: ResourceUuid,
): readonly RoutineTask[] {
  const listening = (
    name: string,
    watch: (changed: (uuid: ResourceUuid) => void, options: WatchOptions) => Promise<void>,
  ): RoutineTask => ({
    name,
    everyMs: AGAIN,
    limitMs: Number.POSITIVE_INFINITY,
    run: ({ signal }) =>
      watch((uuid) => events.publish({ uuid, account, reason: 'backend' }), { signal }),
  });
  return [
    listening('listen to the compute driver', compute.watch.bind(compute)),
    ...(network.watch === undefined
      ? []
      : [listening('listen to the network driver', network.watch.bind(network))]),
  ];
}

interface WatchOptions {
  readonly signal: AbortSignal;
}
