/** What takes longer is heard of by events soon enough; milliseconds. */
const SOON_MS = 10;
/** A look that came in time comes a little sooner the next time, as the task may have been over for a while. */
const SOONER = 0.85;
/** One that came too soon comes this much later. */
const LATER = 1.25;

/**
 * How long tasks of a kind take in a pool, as far as that spares questions: one look when a task is usually over, instead
 * of one before it and another one after it. Only a guess: it decides when to look, and never what is seen.
 */
export class TaskDurations {
  readonly #usual = new Map<string, number>();

  /** How long to leave a task alone, in milliseconds; undefined where that is not known, or too long to wait for. */
  expect(kind: string): number | undefined {
    const usual = this.#usual.get(kind) ?? Number.POSITIVE_INFINITY;
    return usual > SOON_MS ? undefined : usual;
  }

  /** A task was found to have ended, by a first look that was `in time` or, after that had been too soon, `late`. */
  learn(kind: string, look: 'in time' | 'late', tookMs: number): void {
    const usual = this.#usual.get(kind);
    if (usual === undefined) this.#usual.set(kind, tookMs);
    else
      this.#usual.set(kind, look === 'in time' ? usual * SOONER : Math.min(usual * LATER, tookMs));
  }
}
