import { setMaxListeners } from 'node:events';
import { asFence } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { Lease, LockHolder, LockService } from '../../ports/lock-service.js';

/**
 * Locks within one process. Tokens are the run's incarnation followed by a counter, both as fixed-width hex, so that
 * they compare as text and every run's tokens are newer than all of the run before.
 */
export class MemoryLockService implements LockService {
  readonly #held = new Map<string, LockHolder>();
  readonly #incarnation: () => Promise<number>;
  readonly #clock: Pick<Clock, 'now'> | undefined;
  #prefix: Promise<string> | undefined;
  // Memory can't be lost while the process lives.
  readonly #never: AbortSignal = new AbortController().signal;
  #count = 0;

  /**
   * `incarnation` is asked once, before the first lock: a number greater than that of every earlier run. With a `clock`
   * it can be told since when a lock is held.
   */
  constructor(incarnation: () => Promise<number>, clock?: Pick<Clock, 'now'>) {
    this.#incarnation = incarnation;
    this.#clock = clock;
    // Every holder listens to it, so Node's guess that more than ten are a leak is wrong here.
    setMaxListeners(0, this.#never);
  }

  async tryAcquire(key: string): Promise<Lease | undefined> {
    if (this.#held.has(key)) return undefined;
    this.#held.set(key, { owner: 'this process', since: this.#clock?.now() });
    try {
      this.#prefix ??= this.#incarnation().then((incarnation) => hex(incarnation, 8));
      const prefix = await this.#prefix;
      this.#count += 1;
      return this.#lease(key, `${prefix}.${hex(this.#count, 12)}`);
    } catch (thrown) {
      this.#held.delete(key);
      this.#prefix = undefined;
      throw thrown;
    }
  }

  holder(key: string): Promise<LockHolder | undefined> {
    return Promise.resolve(this.#held.get(key));
  }

  #lease(key: string, token: string): Lease {
    let held: 'yes' | 'no' = 'yes';
    return {
      fence: asFence(token),
      signal: this.#never,
      remainingMs: () => (held === 'yes' ? Number.POSITIVE_INFINITY : 0),
      release: () => {
        if (held === 'yes') this.#held.delete(key);
        held = 'no';
        return Promise.resolve();
      },
    };
  }
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
