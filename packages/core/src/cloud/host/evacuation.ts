import { conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { UnmanagedServer } from '../../ports/drivers/compute.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { host } from './host.js';
import { type HostServers, serverCount } from './host-servers.js';

/** How soon to see how far it is, if nothing is heard; milliseconds. */
const PAUSE = 10_000;
/** So many servers are told at a time that they are to go; one of them goes. */
const TOLD = 16;

/** Ends a pass over a host whose servers are to go: they move by themselves, one at a time. Says how many are left, and which can't go. */
export function evacuation(
  pass: Pass<typeof host>,
  { staying, leaving }: HostServers,
  unmanaged: readonly UnmanagedServer[],
): Outcome {
  const stuck = staying.flatMap((server) => {
    const why = whyStuck(server, pass.resource);
    return why === undefined ? [] : [{ server, why }];
  });
  const left = staying.length + leaving.length;
  pass.report({ serversLeft: left });
  if (left === 0 && unmanaged.length === 0) {
    const message = 'no server is on it any more';
    pass.condition({ type: 'Evacuated', status: 'True', reason: 'Empty', message });
    return { kind: 'done' };
  }
  const obstacles = [
    ...stuck.map(({ server, why }) => `${nameOf(server)} can't go: ${why}`),
    ...unmanaged.map(({ name }) => `${name} is not of this cloud and is left alone`),
  ];
  const message = [`${serverCount(left)} left to move`, ...obstacles].join('; ');
  pass.condition({
    type: 'Evacuated',
    status: 'False',
    reason: obstacles.length === 0 ? 'Moving' : 'Obstructed',
    message,
    details: {
      left,
      stuck: stuck.map(({ server, why }) => ({ id: server.id, why })),
      unmanaged: unmanaged.map(({ external, name }) => ({ external, name })),
    },
  });
  const ready = staying.filter((server) => !stuck.some((each) => each.server === server));
  // The one that was looked at least recently first: so each gets its turn, whatever became of the others.
  pass.wakeAfterwards(
    ready.toSorted((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0)).slice(0, TOLD),
  );
  const blockers = [...leaving, ...staying]
    .filter((server) => !isReady(server))
    .map(({ uuid }) => uuid);
  return { kind: 'wait', on: 'dependency', afterMs: PAUSE, message, blockers };
}

function whyStuck(
  server: Resource<typeof virtualmachine>,
  { uuid }: Resource<typeof host>,
): string | undefined {
  const movable = conditionOf(server.conditions, 'Movable');
  return movable?.status === 'False' && movable.details?.['host'] === uuid
    ? movable.message
    : undefined;
}

function nameOf({ name, id }: Resource): string {
  return name ?? `server ${id}`;
}
