import type { Cancel, Clock } from '../../ports/clock.js';
import type { SeededRandom } from './seeded-random.js';

/** What a process needs of the world it lives in. */
export interface Surrounding {
  /** Milliseconds of virtual time since the epoch. */
  readonly now: number;
  /** Has `fire` called at a moment of virtual time. */
  schedule(at: number, fire: () => void): Cancel;
}

/**
 * A process of the simulation. Killed, nothing it waits for ever comes: no promise of it settles and no timer fires, so
 * not one more line of it runs, `catch` and `finally` included. Paused, all that is kept for later.
 */
export class Process {
  readonly name: string;
  readonly number: number;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** What this process believes the time to be, minus what it is; milliseconds. */
  clockSkew = 0;
  readonly #world: Surrounding;
  readonly #deaths: (() => void)[] = [];
  #state: 'running' | 'dead' = 'running';
  #pausedUntil = 0;

  constructor(name: string, number: number, world: Surrounding, random: SeededRandom) {
    this.name = name;
    this.number = number;
    this.#world = world;
    this.random = random;
    this.clock = {
      now: () => world.now + this.clockSkew,
      monotonic: () => world.now,
      schedule: (ms, fire) =>
        world.schedule(world.now + Math.max(0, Math.ceil(ms)), () => this.deliver(fire)),
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'running' && this.#pausedUntil > this.#world.now;
  }

  /** Ends it at this instant, as `kill -9` does. */
  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    for (const hear of this.#deaths.splice(0)) hear();
  }

  /** Calls `hear` when it dies; at once when it is dead already. */
  onDeath(hear: () => void): void {
    if (this.#state === 'dead') hear();
    else this.#deaths.push(hear);
  }

  /** Stops it for a while without its noticing: SIGSTOP, a long collection of garbage, a frozen host. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#world.now + ms);
  }

  /** Runs code of this process: now, later when it is paused, never when it is dead. */
  deliver(code: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#pausedUntil > this.#world.now) {
      this.#world.schedule(this.#pausedUntil, () => this.deliver(code));
    } else {
      code();
    }
  }
}
