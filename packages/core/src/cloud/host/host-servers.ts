import type { Resource } from '../../model/resource.js';
import type { Pass } from '../../ports/reconciler.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { host } from './host.js';

/** The servers that are on a host or coming to it, and those that are leaving it. */
export interface HostServers {
  readonly staying: readonly Resource<typeof virtualmachine>[];
  readonly leaving: readonly Resource<typeof virtualmachine>[];
}

/** `1 server`, `2 servers`. */
export function serverCount(count: number): string {
  return count === 1 ? '1 server' : `${count} servers`;
}

/** Looks up the servers of the host that the pass is over. */
export async function serversOf(pass: Pass<typeof host>): Promise<HostServers> {
  const [staying, leaving] = await Promise.all([
    pass.children(virtualmachine, 'hostId'),
    pass.children(virtualmachine, 'previousHostId'),
  ]);
  return { staying, leaving };
}
