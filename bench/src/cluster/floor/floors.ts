import type { Target } from '../../load/load.js';
import { ServerProcess } from '../../process/server-process.js';
import type { ClusterTarget, RunningCluster } from '../cluster-target.js';
import { type Place, placeParameters } from '../place.js';
import { ProcessGroup } from '../process-group.js';

const WORKERS = 2;

/** One API process and two workers that own servers by partition. */
export const partitionFloor: ClusterTarget = {
  name: 'partition leases',
  start: (place) => startFloor(place, 'partition'),
};

/** One API process and two workers that lock each server for its whole start. */
export const heldFloor: ClusterTarget = {
  name: 'held locks',
  start: (place) => startFloor(place, 'held'),
};

/** One API process and two workers that take the same steps as BullMQ jobs. */
export const bullmq: ClusterTarget = {
  name: 'BullMQ',
  start: (place) =>
    running(place, 'cluster/floor/job-api.js', 'cluster/floor/job-worker.js', () => []),
};

function startFloor(place: Place, ownership: 'partition' | 'held'): Promise<RunningCluster> {
  return running(place, 'cluster/floor/api.js', 'cluster/floor/worker.js', (worker) => [
    `--ownership=${ownership}`,
    `--worker=${worker}`,
    `--workers=${WORKERS}`,
  ]);
}

async function running(
  place: Place,
  api: string,
  worker: string,
  more: (worker: number) => readonly string[],
): Promise<RunningCluster> {
  const parameters = placeParameters(place);
  // The API process makes the table.
  const group = await ProcessGroup.start([
    () => ServerProcess.start(api, parameters),
    ...Array.from(
      { length: WORKERS },
      (_, index) => () => ServerProcess.start(worker, [...parameters, ...more(index)]),
    ),
  ]);
  return { target: floorTarget(group.processes[0]?.port ?? 0), group };
}

function floorTarget(port: number): Target {
  return {
    port,
    headers: {},
    path: '/servers',
    form: (index) => `name=server-${index}&offering=1gb-1cpu&imageId=1&networkId=1`,
  };
}
