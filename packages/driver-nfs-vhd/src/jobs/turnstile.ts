/**
 * Lets long work go on only while somebody looks after it: work passes it before each step, and waits there while it is
 * closed. So a job that outlives a driver call does nothing between two calls.
 */
export class Turnstile {
  #open: 'open' | 'closed' | 'broken' = 'closed';
  #reason: Error | undefined;
  #waiting: { readonly resolve: () => void; readonly reject: (reason: Error) => void }[] = [];

  /** Lets work go on. */
  open(): void {
    if (this.#open === 'broken') return;
    this.#open = 'open';
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Has work wait at its next step. */
  close(): void {
    if (this.#open === 'open') this.#open = 'closed';
  }

  /** Ends the work at its next step, for good. */
  break(reason: Error): void {
    this.#open = 'broken';
    this.#reason = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
  /** Waits until it may go on. Rejects with the reason once it is broken. */
  pass(): Promise<void> {
    if (this.#open === 'open') return Promise.resolve();
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}
