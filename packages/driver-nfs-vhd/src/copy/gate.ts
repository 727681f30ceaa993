import { ensureError } from '@gdcloud/core';

/**
 * Lets work through only while it is open, so that what goes on for many calls of a driver touches the world in those
 * calls alone. What was let through is not called back.
 */
export class Gate {
  #opened: (() => void) | undefined;
  #open: Promise<void> | 'now';
  #stopped: Error | undefined;

  constructor() {
    this.#open = new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  open(): void {
    this.#open = 'now';
    this.#opened?.();
  }

  close(): void {
    if (this.#open !== 'now') return;
    this.#open = new Promise((resolve) => {
      this.#opened = resolve;
    });
  }

  /** Lets nothing through any more: whoever waits, and whoever comes, fails with `why`. */
  stop(why: unknown): void {
    this.#stopped ??= ensureError(why);
    this.open();
  }

  /** Resolves when it is open. */
  async pass(): Promise<void> {
    while (this.#open !== 'now') await this.#open;
    if (this.#stopped !== undefined) throw this.#stopped;
  }
}
