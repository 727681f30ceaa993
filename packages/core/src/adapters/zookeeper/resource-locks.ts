import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Lease, LockHolder, LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import { parseHolder } from './holder-note.js';
import type { Incarnation } from './incarnation.js';
import { Leavings } from './leavings.js';
import type { LiveSession } from './live-session.js';
import { type Nodes, nodeName, shardName, shardOf } from './nodes.js';
import { fenceOf } from './tokens.js';
import { isCode, ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';
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

/** What came of asking for a node. */
type Taken =
  | { readonly kind: 'ours'; readonly czxid: number }
  | { readonly kind: 'theirs' }
  /** The answer got lost: the node may be there, and ours. */
  | { readonly kind: 'doubtful'; readonly cause: Error }
  /** The folder it belongs in is missing. */
  | { readonly kind: 'homeless' };

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
    if (taken.kind === 'doubtful') {
      this.#leavings.later(session, path);
      throw taken.cause;
    }
    if (taken.kind === 'homeless')
      throw new Error(`${path} can't be made: its folder is taken away as often as it is made`);
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

  async #take(session: LiveSession, path: string): Promise<Taken> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const taken = await this.#ask(session, path);
      if (taken.kind !== 'homeless') return taken;
      const { nodes } = this.#options;
      await nodes.ensure(session, path.slice(0, path.lastIndexOf('/')));
    }
    return { kind: 'homeless' };
  }

  async #ask(session: LiveSession, path: string): Promise<Taken> {
    const { client, id } = session;
    const creating = client.create(path, this.#options.note(), 'ephemeral');
    // The package can't tell the transaction of a create, but a look sent right behind it can: the server keeps the order.
    const [made, seen] = await Promise.allSettled([creating, client.exists(path)]);
    if (made.status === 'rejected') {
      const cause = ensureError(made.reason);
      if (isCode(cause, ZOOKEEPER_CODES.noNode)) return { kind: 'homeless' };
      if (!(cause instanceof ZookeeperError) || !cause.decided) return { kind: 'doubtful', cause };
      if (cause.code !== ZOOKEEPER_CODES.nodeExists) throw cause;
    } else this.#protect(session, path);
    if (seen.status === 'rejected') {
      const cause = ensureError(seen.reason);
      if (made.status === 'fulfilled') return { kind: 'doubtful', cause };
      throw cause;
    }
    // There is no lease of ours on it, so a node of our session is one whose making was not told to us.
    if (seen.value?.ephemeralOwner === id) return { kind: 'ours', czxid: seen.value.czxid };
    return { kind: 'theirs' };
  }

  // The folder's own protection keeps others from making and taking away nodes already: nobody waits for this.
  #protect(session: LiveSession, path: string): void {
    this.#options.nodes.protect(session, path).catch(() => undefined);
  }

  #lease(session: LiveSession, key: string, signal: AbortSignal, fence: Lease['fence']): Lease {
    let release: Promise<void> | undefined;
    return {
      fence,
      signal,
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
