import type { Lease, LockHolder, LockService } from '../../ports/lock-service.js';
import { parseHolder } from './holder-note.js';
import type { LiveSession } from './live-session.js';
import { shardOf } from './nodes.js';
import type { Partition, Partitions } from './partitions.js';
import type { LocksOptions } from './resource-locks.js';
import { fenceOf } from './tokens.js';

/**
 * Locks within the partitions this process has; those cost nothing, as nobody else can ask for them. A key of another
 * process's partition is held, as far as this one can tell: its owner hears of the same work.
 */
export class PartitionLocks implements LockService {
  readonly #options: LocksOptions;
  readonly #partitions: Partitions;
  readonly #held = new Map<string, string>();
  #count = 0;

  constructor(options: LocksOptions, partitions: Partitions) {
    this.#options = options;
    this.#partitions = partitions;
  }

  async tryAcquire(key: string): Promise<Lease | undefined> {
    if (this.#held.has(key)) return undefined;
    this.#held.set(key, this.#options.note());
    let partition: Partition | undefined;
    try {
      const session = await this.#options.session.usable();
      partition = this.#partitions.find(shardOf(key), session);
      // Keeps the partition here while the incarnation is read.
      partition?.keys.add(key);
      const lease =
        partition === undefined ? undefined : await this.#acquire(session, partition, key);
      if (lease === undefined) this.#free(partition, key);
      return lease;
    } catch (thrown) {
      this.#free(partition, key);
      throw this.#options.session.unavailable(thrown);
    }
  }

  /** Tells of this process's own locks only. */
  async holder(key: string): Promise<LockHolder | undefined> {
    await this.#options.session.usable();
    const note = this.#held.get(key);
    return note === undefined ? undefined : parseHolder(note);
  }

  async #acquire(
    session: LiveSession,
    partition: Partition,
    key: string,
  ): Promise<Lease | undefined> {
    const { signal } = session;
    const incarnation = await this.#options.incarnation.of(session);
    if (signal.aborted || !session.isUsable) throw new Error('the session is not certain to live');
    this.#count += 1;
    let held: 'yes' | 'no' = 'yes';
    return {
      fence: fenceOf(incarnation, partition.czxid, this.#count),
      signal,
      remainingMs: () => (held === 'yes' ? session.remainingMs : 0),
      release: () => {
        if (held === 'yes') this.#free(partition, key);
        held = 'no';
        return Promise.resolve();
      },
    };
  }

  #free(partition: Partition | undefined, key: string): void {
    this.#held.delete(key);
    if (partition !== undefined) this.#partitions.free(partition, key);
  }
}
