import type { Target } from '../load/load.js';
import type { Place } from './place.js';
import type { ProcessGroup } from './process-group.js';

/** A system of several processes that starts servers: a floor, or gdcloud. */
export interface ClusterTarget {
  /** `partition leases`, `gdcloud, one znode a resource`: what figures call it. */
  readonly name: string;
  /** Starts it at an empty place; resolves when servers can be asked for. */
  start(place: Place): Promise<RunningCluster>;
}

/** A system that runs. */
export interface RunningCluster {
  /** How its clients reach it. */
  readonly target: Target;
  /** All processes whose work is counted as its own: PostgreSQL, Redis and ZooKeeper are not among them. */
  readonly group: ProcessGroup;
}
