import type { Target } from '../../load/load.js';
import { ServerProcess } from '../../process/server-process.js';
import type { ClusterTarget, RunningCluster } from '../cluster-target.js';
import { type Place, placeParameters } from '../place.js';
import { ProcessGroup } from '../process-group.js';
import type { RowAccess } from './cluster-rows.js';

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

/** One API process and two workers that take the same steps as BullMQ jobs, with a statement for each row as its users write it. */
export const bullmq: ClusterTarget = {
  name: 'BullMQ',
  start: (place) => startJobs(place, 'single'),
};

/** The same with rows batched as in the other floors: what is left of the difference is the queue's. */
export const bullmqBatched: ClusterTarget = {
  name: 'BullMQ, rows batched',
  start: (place) => startJobs(place, 'batched'),
};

function startFloor(place: Place, ownership: 'partition' | 'held'): Promise<RunningCluster> {
  const parameters = placeParameters(place);
  return running(
    () => ServerProcess.start('cluster/floor/api.js', parameters),
    (worker) =>
      ServerProcess.start('cluster/floor/worker.js', [
        ...parameters,
        `--ownership=${ownership}`,
        `--worker=${worker}`,
        `--workers=${WORKERS}`,
      ]),
  );
}

function startJobs(place: Place, rows: RowAccess): Promise<RunningCluster> {
  const parameters = [...placeParameters(place), `--rows=${rows}`];
  return running(
    () => ServerProcess.start('cluster/floor/job-api.js', parameters),
    () => ServerProcess.start('cluster/floor/job-worker.js', parameters),
  );
}

async function running(
  api: () => Promise<ServerProcess>,
  worker: (worker: number) => Promise<ServerProcess>,
): Promise<RunningCluster> {
  // The API process makes the table.
  const group = await ProcessGroup.start([
    api,
    ...Array.from({ length: WORKERS }, (_, index) => () => worker(index)),
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
