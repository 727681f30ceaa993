/** Counts what was dropped, by reason. */
export class DropCounter<Reason extends string> {
  #counts: Readonly<Record<Reason, number>>;

  /** Starts at nothing dropped, `none` for every reason. */
  constructor(none: Readonly<Record<Reason, number>>) {
    this.#counts = none;
  }

  /** How many were dropped so far, by reason. */
  get counts(): Readonly<Record<Reason, number>> {
    return this.#counts;
  }

  add(reason: Reason): void {
    this.#counts = { ...this.#counts, [reason]: this.#counts[reason] + 1 };
  }
}
