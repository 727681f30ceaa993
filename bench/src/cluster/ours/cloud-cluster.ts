import { cloudTarget } from '../../host/cloud-target.js';
import { ServerProcess } from '../../process/server-process.js';
import type { ClusterTarget } from '../cluster-target.js';
import { type Place, placeParameters } from '../place.js';
import { ProcessGroup } from '../process-group.js';
import type { Strategy } from './strategy.js';

/** As many as the goals are for. */
const KERNELS = 2;

/** gdcloud: one API process and two kernels. */
export function cloudCluster(strategy: Strategy): ClusterTarget {
  return {
    name: `gdcloud, ${strategy === 'resource' ? 'one znode a resource' : 'partition leases'}`,
    async start(place) {
      const group = await ProcessGroup.start([
        () => startProcess(place, 'api', { strategy, watch: 'nothing' }),
        ...Array.from(
          { length: KERNELS },
          () => () => startProcess(place, 'kernel', { strategy, watch: 'nothing' }),
        ),
      ]);
      return { target: await cloudTarget(group.processes[0]?.port ?? 0), group };
    },
  };
}

/** How a process of gdcloud is started. */
export interface ProcessOptions {
  readonly strategy: Strategy;
  /** With `gadgets` the cloud has those, and tells the passes over them. */
  readonly watch: 'gadgets' | 'nothing';
}

/** Starts one process of a gdcloud at `place`; the first one puts in what every cloud starts with. */
export function startProcess(
  place: Place,
  role: 'api' | 'kernel',
  { strategy, watch }: ProcessOptions,
): Promise<ServerProcess> {
  return ServerProcess.start('cluster/ours/host.js', [
    ...placeParameters(place),
    `--role=${role}`,
    `--strategy=${strategy}`,
    `--watch=${watch}`,
  ]);
}
