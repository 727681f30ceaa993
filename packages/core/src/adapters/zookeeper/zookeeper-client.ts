import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';

/** What ZooKeeper knows of a node besides its data. */
export interface NodeStat {
  /** The transaction that made it; grows with every change of anything in the ensemble. */
  readonly czxid: number;
  readonly version: number;
  /** The session it lives with, in hex; '0' when it lives for ever. */
  readonly ephemeralOwner: string;
}

/** How long a node lives, and who names it. */
export type NodeKind = 'persistent' | 'ephemeral' | 'ephemeral sequential';

/** What a client tells without being asked. Nothing here may throw. */
export interface ClientListener {
  /** A session is there: a new one, or the same again. It was asked for at this monotonic moment. */
  connected(askedAt: number): void;
  /** The server is out of sight; another is looked for. */
  connecting(): void;
  /** All servers have been asked in vain; they are asked again, for ever. */
  unreachable(why: Error): void;
  /** The session is over, or was never got; nothing more comes. */
  closed(code: number): void;
  /** A server has answered what was asked at this monotonic moment. */
  answered(askedAt: number): void;
}

/**
 * A client for the life of one session: whichever server it is at, and nothing after it. Everything that is asked is
 * answered or fails within the session time, and fails at once while no server is in sight.
 */
export interface ZookeeperClient {
  /** In hex, as `ephemeralOwner` is. */
  readonly sessionId: string;
  /** What the server granted; milliseconds. */
  readonly timeoutMs: number;
  /** Resolves with the name the node got. */
  create(path: string, data: string, kind: NodeKind): Promise<string>;
  exists(path: string): Promise<NodeStat | undefined>;
  /**
   * `changed` is called once, when the node changes or goes, before any answer that could show it; also when that may have
   * happened out of sight.
   */
  get(
    path: string,
    changed?: () => void,
  ): Promise<{ readonly data: string; readonly stat: NodeStat } | undefined>;
  /** As `get`, for the names of the children. */
  children(path: string, changed?: () => void): Promise<readonly string[] | undefined>;
  set(path: string, data: string, version: number): Promise<void>;
  /** Whether there was anything to remove. */
  remove(path: string): Promise<'removed' | 'absent'>;
  /** Leaves the node to whoever has this client's credentials. */
  protect(path: string): Promise<void>;
  /** Ends the session and takes its ephemeral nodes away. Whatever is under way fails. */
  close(): Promise<void>;
}

/** How to reach an ensemble. */
export interface ClientOptions {
  /** `host:port,host:port`, without a chroot. */
  readonly hosts: string;
  readonly timeoutMs: number;
  /** `user:password`. */
  readonly digest?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ClientListener;
}

/** Makes a client that connects at once. */
export type ClientFactory = (options: ClientOptions) => ZookeeperClient;
