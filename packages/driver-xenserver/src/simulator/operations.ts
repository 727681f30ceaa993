import { aborted, pause } from '../pause.js';
import type { CallContext } from './context.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';

interface Running {
  readonly operation: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** One operation on an object: what it is called, how long it takes, what it does. */
export interface Operation {
  /** As it shows in `current_operations`. */
  readonly name: string;
  /** Throws the fault of an operation that is not possible now; called again once the object is free. */
  readonly check: () => void;
  readonly latencyMs: number;
  /** Instead of the latency: never ends by itself, as a guest that ignores a shutdown. */
  readonly endless?: boolean | undefined;
  /** Outside work that has to end before `apply`. */
  readonly prepare?: (() => Promise<void>) | undefined;
  readonly apply: () => void;
}

/** Operations that a forced one cancels (reference/xenserver.md 2.7). */
const YIELDING = new Set(['clean_shutdown', 'clean_reboot', 'shutdown', 'hard_reboot', 'pause']);

/** Keeps operations on one object apart: a second one waits for the first, as with a real XAPI. */
export class Operations {
  readonly #database: Database;
  readonly #running = new Map<string, Running>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Runs one operation on `row`: nothing is written before it ends except `current_operations`. */
  async run(context: CallContext, row: Row, operation: Operation): Promise<void> {
    for (;;) {
      const running = this.#running.get(row.ref);
      if (running === undefined) break;
      if (operation.name.startsWith('hard_') && YIELDING.has(running.operation)) {
        running.abort.abort();
      }
      await running.done;
      this.#database.get(row.class, row.ref);
    }
    operation.check();
    const abort = new AbortController();
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#running.set(row.ref, { operation: operation.name, abort, done });
    const cancel = (): void => abort.abort();
    context.signal.addEventListener('abort', cancel);
    try {
      this.#database.set(row, 'current_operations', { [context.task]: operation.name });
      this.#database.commit();
      await this.#wait(context, operation, abort.signal);
      await operation.prepare?.();
      operation.check();
      operation.apply();
    } finally {
      context.signal.removeEventListener('abort', cancel);
      this.#running.delete(row.ref);
      const left = this.#database.find(row.class, row.ref);
      if (left !== undefined) this.#database.set(left, 'current_operations', {});
      this.#database.commit();
      finish();
    }
  }

  async #wait(context: CallContext, operation: Operation, signal: AbortSignal): Promise<void> {
    const { endless, latencyMs } = operation;
    if (endless === true) await aborted(signal);
    else if (latencyMs > 0) await pause(context.pool.clock, latencyMs, signal);
    if (signal.aborted) throw new XapiFault('TASK_CANCELLED', context.task);
  }
}
