import type { Clock } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';

/** The longest pause between two looks at whether the call is still wanted; milliseconds. */
const PAUSE = 250;

/** Keeps work to so many bytes a second. */
export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #beganAt: number;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#beganAt = clock.monotonic();
  }

  /** Milliseconds since the work began. */
  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#beganAt;
  }

  /** Waits until so many bytes were allowed since the beginning. */
  async wait(bytes: number, checkpoint: Checkpoint): Promise<void> {
    const allowedMs = (bytes / this.#bytesPerSecond) * 1_000;
    for (let rest = allowedMs - this.elapsedMs; rest > 0; rest = allowedMs - this.elapsedMs) {
      checkpoint();
      const pause = Math.ceil(Math.min(rest, PAUSE));
      await new Promise<void>((resolve) => {
        this.#clock.schedule(pause, resolve);
      });
    }
  }
}
