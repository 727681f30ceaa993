/**
 * Runs work with so much at a time at most: what is in one lane one after another, in the order it came, and lanes in
 * turns.
 */
export class Lanes {
  readonly #atOnce: number;
  /** Work of each lane, what runs at the front. */
  readonly #lanes = new Map<string, (() => Promise<void>)[]>();
  /** Lanes of which nothing runs, the one that waits longest at the front. */
  readonly #ready: string[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** How much runs. */
  get active(): number {
    return this.#running.size;
  }

  /** Runs `work`, which never fails, when its turn comes. */
  add(lane: string, work: () => Promise<void>): void {
    const queue = this.#lanes.get(lane);
    if (queue === undefined) {
      this.#lanes.set(lane, [work]);
      this.#ready.push(lane);
    } else queue.push(work);
    this.#start();
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #start(): void {
    while (this.#running.size < this.#atOnce) {
      const lane = this.#ready.shift();
      const queue = lane === undefined ? undefined : this.#lanes.get(lane);
      const work = queue?.[0];
      if (lane === undefined || queue === undefined || work === undefined) return;
      const run = work().finally(() => {
        this.#running.delete(run);
        queue.shift();
        if (queue.length === 0) this.#lanes.delete(lane);
        else this.#ready.push(lane);
        this.#start();
      });
      this.#running.add(run);
    }
  }
}
