import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import { fairShare } from './fair-share.js';
import { Leavings } from './leavings.js';
import type { LiveSession } from './live-session.js';
import type { Members } from './members.js';
import { type Nodes, SHARDS, shardName } from './nodes.js';
import { takeNode } from './taken-node.js';

const FOLDER = 'partitions';
/** How many times in a session time the shares are looked at, whatever was heard. */
const LOOKS = 4;

/** A partition this process has. */
export interface Partition {
  readonly number: number;
  readonly session: LiveSession;
  readonly czxid: number;
  /** What is locked within it. */
  readonly keys: Set<string>;
  /** No more locks are given within one that is to be given up. */
  standing: 'kept' | 'leaving';
}

/** What the partitions of a process work with. */
export interface PartitionsOptions {
  readonly nodes: Nodes;
  readonly members: Members;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly note: () => string;
  /** Called when this process has got partitions, from others that gave them up or have gone. */
  readonly gained: () => void;
}

/** Keeps this process's share of the partitions: takes free ones, and gives up what is too much once no lock needs it. */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #leavings: Leavings;
  readonly #held = new Map<number, Partition>();
  readonly #awaited = new Set<string>();
  #session: LiveSession | undefined;
  #state: 'resting' | 'looking' | 'looking again' = 'resting';

  constructor(options: PartitionsOptions) {
    this.#options = options;
    this.#leavings = new Leavings(options.clock, options.logger);
  }

  /** Begins in a new session: what was held in the one before is not any more. Resolves after the first look. */
  async enter(session: LiveSession): Promise<void> {
    if (this.#session !== session) {
      this.#session = session;
      this.#held.clear();
      this.#awaited.clear();
      this.#lookLater(session);
    }
    await this.#balance(session);
  }

  /** The partition, if locks may be given within it in this session. */
  find(number: number, session: LiveSession): Partition | undefined {
    const partition = this.#held.get(number);
    return partition?.session === session && partition.standing === 'kept' ? partition : undefined;
  }

  /** The lock of `key` has been given back. */
  free(partition: Partition, key: string): void {
    partition.keys.delete(key);
    if (partition.standing === 'leaving') this.#leaveIfIdle(partition);
  }

  #leaveIfIdle(partition: Partition): void {
    if (partition.keys.size > 0 || this.#held.get(partition.number) !== partition) return;
    this.#held.delete(partition.number);
    void this.#leavings.now(partition.session, this.#path(partition.number));
  }

  #lookLater(session: LiveSession): void {
    this.#options.clock.schedule(session.timeoutMs / LOOKS, () => {
      if (session.over.aborted || this.#session !== session) return;
      void this.#look(session);
      this.#lookLater(session);
    });
  }

  async #look(session: LiveSession): Promise<void> {
    if (this.#state !== 'resting') {
      this.#state = 'looking again';
      return;
    }
    do {
      this.#state = 'looking';
      try {
        if (this.#session === session && session.isUsable) await this.#balance(session);
      } catch (thrown) {
        // The next look tries again.
        const error = ensureError(thrown).message;
        this.#options.logger.debug({ error }, 'the shares of partitions could not be looked at');
      }
    } while (this.#isAskedAgain());
    this.#state = 'resting';
  }

  #isAskedAgain(): boolean {
    return this.#state === 'looking again';
  }

  async #balance(session: LiveSession): Promise<void> {
    const { members, nodes } = this.#options;
    const folder = nodes.path(FOLDER);
    const changed = (what: string) => this.#watch(session, what);
    const present = await members.list(session, changed('members'));
    let names = await session.client.children(folder, changed('partitions'));
    if (names === undefined) {
      this.#awaited.delete('partitions');
      await nodes.ensure(session, folder);
      names = await session.client.children(folder, changed('partitions'));
    }
    const kept = [...this.#held.values()].filter(({ standing }) => standing === 'kept');
    const { take, give } = fairShare({
      partitions: SHARDS,
      members: [...new Set(present.map((member) => member.session))],
      self: session.id,
      held: kept.map(({ number, keys }) => ({ partition: number, keys: keys.size })),
      taken: new Set([
        ...(names ?? []).map((name) => Number.parseInt(name, 16)),
        ...this.#held.keys(),
      ]),
    });
    for (const number of give) this.#give(number);
    const before = this.#held.size;
    await Promise.all(take.map((number) => this.#take(session, number)));
    if (this.#held.size > before) this.#options.gained();
  }

  // Set again only once it has been heard: each is kept by the client until then.
  #watch(session: LiveSession, what: string): (() => void) | undefined {
    if (this.#awaited.has(what)) return undefined;
    this.#awaited.add(what);
    return () => {
      if (this.#session !== session) return;
      this.#awaited.delete(what);
      void this.#look(session);
    };
  }

  #give(number: number): void {
    const partition = this.#held.get(number);
    if (partition === undefined) return;
    partition.standing = 'leaving';
    this.#leaveIfIdle(partition);
  }

  async #take(session: LiveSession, number: number): Promise<void> {
    const path = this.#path(number);
    await this.#leavings.gone(path);
    if (this.#held.has(number)) return;
    this.#leavings.keep(path);
    const taken = await takeNode(session, this.#options.nodes, path, this.#options.note());
    if (taken.kind === 'doubtful') this.#leavings.later(session, path);
    if (taken.kind !== 'ours' || this.#session !== session) return;
    const { czxid } = taken;
    this.#held.set(number, { number, session, czxid, keys: new Set(), standing: 'kept' });
  }

  #path(number: number): string {
    return this.#options.nodes.path(FOLDER, shardName(number));
  }
}
