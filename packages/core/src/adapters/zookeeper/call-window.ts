/**
 * Lets a few calls be under way at a time and keeps the others in order. What waits here has not been asked yet: so the
 * answer to a call tells of a moment not long ago, however much there is to ask.
 */
export class CallWindow {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #underWay = 0;

  /** `most`: how many may be under way. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Calls `send` when it is its turn: now, if there is room. Each that was sent must be `ended`. */
  add(send: () => void): void {
    if (this.#underWay >= this.#most) {
      this.#waiting.add(send);
      return;
    }
    this.#underWay += 1;
    send();
  }

  /** Forgets what has not been sent. Says whether that was so. */
  forget(send: () => void): 'forgotten' | 'sent' {
    return this.#waiting.delete(send) ? 'forgotten' : 'sent';
  }

  /** One that was sent has its answer. */
  ended(): void {
    this.#underWay -= 1;
    for (const send of this.#waiting) {
      if (this.#underWay >= this.#most) return;
      this.#waiting.delete(send);
      this.#underWay += 1;
      send();
    }
  }
}
