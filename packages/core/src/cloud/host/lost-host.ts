import { stall } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { host } from './host.js';
import { type HostServers, serverCount } from './host-servers.js';

/** How soon to see how far the servers of a dead host are, if nothing is heard; milliseconds. */
const PAUSE = 5_000;

/**
 * Ends a pass over a host that does not answer. Its servers may run on: nothing of them is started elsewhere before an
 * administrator has confirmed that it is off, which only a person can know.
 */
export function lostHost(
  pass: Pass<typeof host>,
  death: number,
  { staying, leaving }: HostServers,
): Outcome {
  const { resource } = pass;
  const servers = [...staying, ...leaving];
  if (servers.length === 0) return { kind: 'done' };
  const name = resource.name ?? resource.id;
  if (resource.spec.fencedDeath === death) {
    pass.wakeAfterwards(staying);
    const blockers = servers.filter((server) => !isReady(server)).map(({ uuid }) => uuid);
    const message = `${name} is off, and ${serverCount(servers.length)} of it left to start on other hosts`;
    return { kind: 'wait', on: 'dependency', afterMs: PAUSE, message, blockers };
  }
  // Those that are as asked have not heard of it.
  pass.wakeAfterwards(servers.filter(isReady));
  const message = `${name} does not answer, with ${serverCount(servers.length)} on it, which may still run: nothing is started elsewhere until an administrator confirms that it is off`;
  return stall('HostLost', message);
}
