import type { Clock } from '../../ports/clock.js';
import type { LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import type { Random } from '../../ports/random.js';
import { Departures } from './departures.js';
import type { HolderNote } from './holder-note.js';
import { Incarnation } from './incarnation.js';
import { Listeners } from './listeners.js';
import { Members, type Strategy } from './members.js';
import { Nodes, parseConnect } from './nodes.js';
import { PartitionLocks } from './partition-locks.js';
import { Partitions } from './partitions.js';
import { type LocksOptions, ResourceLocks } from './resource-locks.js';
import { loadClient } from './resuming-client.js';
import { ZookeeperSession } from './zookeeper-session.js';

/** Who a process is to ZooKeeper. */
export interface Digest {
  readonly scheme: 'digest';
  readonly user: string;
  readonly password: string;
}

/** Where ZooKeeper is and how locks are kept there. */
export interface ZookeeperOptions {
  /** `host:port,host:port`, and a chroot where the cloud keeps its nodes: `host:port/clouds/one`. `/gdcloud` when absent. */
  readonly connect: string;
  /**
   * How long a process may be out of sight before its locks are given to others; the server may grant less. Milliseconds,
   * default 10,000.
   */
  readonly sessionTimeoutMs?: number | undefined;
  /** With it, all nodes belong to this user. */
  readonly auth?: Digest | undefined;
  /**
   * `resource`: a node for each lock, any process may take any resource. `partition`: each process keeps its share of 256
   * partitions, and locks within them cost nothing. All processes of a cloud must say the same. Default `resource`.
   */
  readonly strategy?: Strategy | undefined;
  /** What people call this process; told with the locks it holds. */
  readonly name?: string | undefined;
}

/** What the locks take from the process they are in. */
export interface ZookeeperSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absent in a process without a database; see {@link Incarnation}. */
  readonly drawIncarnation?: (() => Promise<number>) | undefined;
  readonly process: { readonly host: string; readonly pid: number };
}

/** A lock service that must be ended, or it keeps the process alive. */
export interface ZookeeperLocks extends LockService {
  /** Gives back all locks and ends the session. */
  close(): Promise<void>;
}

/** Makes a lock service. Connects with the first question. */
export function zookeeperLocks(
  options: ZookeeperOptions,
  { clock, random, logger, drawIncarnation, process }: ZookeeperSurroundings,
): ZookeeperLocks {
  const { sessionTimeoutMs = 10_000, auth, strategy = 'resource', name = '' } = options;
  const { hosts, root } = parseConnect(options.connect);
  const nodes = new Nodes(root, auth === undefined ? 'everybody' : 'creator');
  const incarnation = new Incarnation(nodes, drawIncarnation);
  const note = (): string => {
    const written: HolderNote = { ...process, name, since: clock.now() };
    return JSON.stringify(written);
  };
  const members = new Members(nodes, strategy, note);
  const listeners = new Listeners();
  const tell = (): void => listeners.tell();
  const departures = new Departures(members, clock, tell);
  const partitions = new Partitions({ nodes, members, clock, logger, note, gained: tell });
  const session = new ZookeeperSession(
    {
      hosts,
      timeoutMs: sessionTimeoutMs,
      digest: auth === undefined ? undefined : `${auth.user}:${auth.password}`,
      clock,
      random,
      logger,
      load: loadClient,
    },
    async (live) => {
      await members.join(live);
      await incarnation.of(live);
      if (strategy === 'partition') await partitions.enter(live);
      else await departures.watch(live);
    },
  );
  const locksOptions: LocksOptions = { session, nodes, incarnation, clock, logger, note };
  const locks: LockService =
    strategy === 'partition'
      ? new PartitionLocks(locksOptions, partitions)
      : new ResourceLocks(locksOptions);
  return {
    tryAcquire: (key) => locks.tryAcquire(key),
    holder: (key) => locks.holder(key),
    whenHolderGone: (tellOne) => listeners.add(tellOne),
    close: () => session.close(),
  };
}
