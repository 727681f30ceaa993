import type { ManualClock } from '@gdcloud/core/testing';

/** How long the lock service waits for a word of a holder; milliseconds. */
const SESSION_MS = 3_000;

/** Who carries the networks of a pair, as a lock service knows it: a session that is not heard of ends. */
export class TurnLock {
  readonly #clock: ManualClock;
  #holder: { readonly name: string; readonly endsAt: number } | undefined;
  #challenger: { readonly name: string; readonly endsAt: number } | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** Takes the lock or keeps it; until when it is certainly held, by somebody who asked at this moment. */
  hold(name: string): number | undefined {
    const now = this.#clock.now();
    if (this.#holder !== undefined && this.#holder.name !== name && now < this.#holder.endsAt) {
      return undefined;
    }
    this.#holder = { name, endsAt: now + SESSION_MS };
    return now + (SESSION_MS * 2) / 3;
  }

  isHeldBy(name: string): boolean {
    return this.#holder?.name === name && this.#clock.now() < this.#holder.endsAt;
  }

  release(name: string): void {
    if (this.#holder?.name === name) this.#holder = undefined;
  }

  /** Asks the holder to give it up, for as long as it is said again. */
  challenge(name: string): void {
    this.#challenger = { name, endsAt: this.#clock.now() + SESSION_MS };
  }

  isChallengedBy(others: string): boolean {
    const challenger = this.#challenger;
    return (
      challenger !== undefined &&
      challenger.name !== others &&
      this.#clock.now() < challenger.endsAt
    );
  }
}
