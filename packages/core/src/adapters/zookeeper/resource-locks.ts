import type { Clock } from '../../ports/clock.js';
import type { Lease, LockHolder, LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import { parseHolder } from './holder-note.js';
import type { Incarnation } from './incarnation.js';
import { Leavings } from './leavings.js';
import type { LiveSession } from './live-session.js';
import { type Nodes, nodeName, shardName, shardOf } from './nodes.js';
import { type Taken, takeNode } from './taken-node.js';
import { fenceOf } from './tokens.js';
import type { ZookeeperSession } from './zookeeper-session.js';

/** What the lock services of ZooKeeper work with. */
export interface LocksOptions {
  readonly session: ZookeeperSession;
  readonly nodes: Nodes;
  readonly incarnation: Incarnation;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is written into a node made now. */
  readonly note: () => string;
}

/**
 * One ephemeral node for each lock. Whoever makes it has the lock; it goes with the session. What making and looking at
 * it takes is sent in one go, so a lock costs one round trip, and any number may be under way at a time.
 */
export class ResourceLocks implements LockService {
  readonly #options: LocksOptions;
  readonly #held = new Set<string>();
  readonly #leavings: Leavings;

  constructor(options: LocksOptions) {
    this.#options = options;
    this.#leavings = new Leavings(options.clock, options.logger);
  }

  async tryAcquire(key: string): Promise<Lease | undefined> {
    if (this.#held.has(key)) return undefined;
    this.#held.add(key);
    try {
      const lease = await this.#acquire(key);
      if (lease === undefined) this.#held.delete(key);
      return lease;
    } catch (thrown) {
      this.#held.delete(key);
      throw this.#options.session.unavailable(thrown);
    }
  }

  async holder(key: string): Promise<LockHolder | undefined> {
    const session = await this.#options.session.usable();
    try {
      const found = await session.client.get(this.#path(key));
      return found === undefined ? undefined : parseHolder(found.data);
    } catch (thrown) {
      throw this.#options.session.unavailable(thrown);
    }
  }

  async #acquire(key: string): Promise<Lease | undefined> {
    const session = await this.#options.session.usable();
    const path = this.#path(key);
    // An earlier lease of ours whose node could not be taken away yet: its token must not be given twice.
    await this.#leavings.gone(path);
    this.#leavings.keep(path);
    const { signal } = session;
    const taken = await this.#take(session, path);
    if (taken.kind === 'theirs') return undefined;
    try {
      const incarnation = await this.#options.incarnation.of(session);
      if (signal.aborted || !session.isUsable)
        throw new Error('the session is not certain to live');
      return this.#lease(session, key, signal, fenceOf(incarnation, taken.czxid));
    } catch (thrown) {
      void this.#leavings.now(session, path);
      throw thrown;
    }
  }

  async #take(
    session: LiveSession,
    path: string,
  ): Promise<Exclude<Taken, { readonly kind: 'doubtful' }>> {
    try {
      const taken = await takeNode(session, this.#options.nodes, path, this.#options.note());
      if (taken.kind === 'doubtful') throw taken.cause;
      return taken;
    } catch (thrown) {
      // It may be there, or have been there since an earlier attempt.
      this.#leavings.later(session, path);
      throw thrown;
    }
  }

  #lease(session: LiveSession, key: string, signal: AbortSignal, fence: Lease['fence']): Lease {
    let release: Promise<void> | undefined;
    return {
      fence,
      signal,
      remainingMs: () => (release === undefined ? session.remainingMs : 0),
      release: () => {
        if (release !== undefined) return release;
        release = this.#leavings.now(session, this.#path(key));
        this.#held.delete(key);
        return release;
      },
    };
  }

  #path(key: string): string {
    return this.#options.nodes.path('locks', shardName(shardOf(key)), nodeName(key));
  }
}
