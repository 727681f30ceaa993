import { aborted, pause } from '../pause.js';
import type { CallContext } from './context.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';
import { textMap } from './values.js';

interface Holder {
  readonly name: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** An operation as it shows in `current_operations`, and what has to hold when it begins. */
export interface Claim {
  readonly name: string;
  /**
   * Throws the fault of an operation that may not begin now. `OTHER_OPERATION_IN_PROGRESS` is not the end: the call
   * waits until something on that object ends and asks again.
   */
  readonly admit: () => void;
}

/** One operation on an object: what it is called, how long it takes, what it does. */
export interface Operation {
  /** As it shows in `current_operations`. */
  readonly name: string;
  /** Throws the fault of an operation that is not possible now; called again once the object is free. */
  readonly check: () => void;
  readonly latencyMs: number;
  /** Outside work that has to end before `apply`. */
  readonly prepare?: (() => Promise<void>) | undefined;
  readonly apply: () => void;
}

/** A call that waits for another one's end gives up after this time (reference/xenserver.md 1.3). */
const PATIENCE_MS = 2 * 3_600_000;

/** Who holds what in a pool: the running operations of its objects, and the calls that wait for their end. */
export class Operations {
  readonly #database: Database;
  readonly #holders = new Map<string, Map<string, Holder>>();
  readonly #waiters = new Map<string, Set<AbortController>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Does `work` while `row` shows the operation. Its signal aborts when the call or the operation is cancelled. */
  async hold<T>(
    context: CallContext,
    row: Row,
    claim: Claim,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const until = context.pool.clock.now() + PATIENCE_MS;
    for (;;) {
      // Nothing is awaited between the last look and the mark, so that two calls never pass together.
      const occupied = this.#occupied(row, claim, until - context.pool.clock.now());
      if (occupied === undefined) break;
      await this.#change(context, occupied, until - context.pool.clock.now());
    }
    const abort = new AbortController();
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const cancel = (): void => abort.abort();
    if (context.signal.aborted) abort.abort();
    context.signal.addEventListener('abort', cancel);
    const holders = this.#holders.get(row.ref) ?? new Map<string, Holder>();
    this.#holders.set(row.ref, holders.set(context.task, { name: claim.name, abort, done }));
    this.#database.set(row, 'current_operations', { ...shown(row), [context.task]: claim.name });
    this.#database.commit();
    try {
      return await work(abort.signal);
    } finally {
      context.signal.removeEventListener('abort', cancel);
      holders.delete(context.task);
      if (holders.size === 0) this.#holders.delete(row.ref);
      const left = this.#database.find(row.class, row.ref);
      if (left !== undefined) {
        const { [context.task]: _ended, ...others } = shown(left);
        this.#database.set(left, 'current_operations', others);
      }
      this.#database.commit();
      finish();
      this.#wake(row.ref);
    }
  }

  /** {@link hold} on several rows at once: all are held while `work` runs, and none when one of them refuses. */
  async holdAll<T>(
    context: CallContext,
    rows: readonly Row[],
    claim: (row: Row) => Claim,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const [first, ...others] = rows;
    if (first === undefined) return work(context.signal);
    return this.hold(context, first, claim(first), () =>
      this.holdAll(context, others, claim, work),
    );
  }

  /** Runs one operation that tolerates no other on `row`: nothing but its mark is written before it ends. */
  async run(context: CallContext, row: Row, operation: Operation): Promise<void> {
    const admit = (): void => {
      assertIdle(row);
      operation.check();
    };
    await this.hold(context, row, { name: operation.name, admit }, async (signal) => {
      await this.spend(context, operation.latencyMs, signal);
      await operation.prepare?.();
      operation.check();
      operation.apply();
    });
  }

  /** Cancels the operations of `names` on `row`, and returns when they have ended. */
  async cancel(context: CallContext, row: Row, names: ReadonlySet<string>): Promise<void> {
    const holders = [...(this.#holders.get(row.ref) ?? [])];
    const chosen = holders.filter(([task, { name }]) => task !== context.task && names.has(name));
    for (const [task, holder] of chosen) {
      const asked = this.#database.find('task', task);
      if (asked !== undefined) context.pool.tasks.cancel(asked);
      holder.abort.abort();
    }
    await Promise.all(chosen.map(([, { done }]) => done));
  }

  /** Lets time pass; throws `TASK_CANCELLED` when `signal` aborts. */
  async spend(context: CallContext, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds === Number.POSITIVE_INFINITY) await aborted(signal);
    else if (milliseconds > 0) await pause(context.pool.clock, milliseconds, signal);
    if (signal.aborted) throw new XapiFault('TASK_CANCELLED', context.task);
  }

  /** The object to wait for, or undefined when the operation may begin. Throws what waiting does not help against. */
  #occupied(row: Row, { admit }: Claim, patience: number): string | undefined {
    try {
      this.#database.get(row.class, row.ref);
      admit();
      return undefined;
    } catch (thrown) {
      const busy = thrown instanceof XapiFault && thrown.code === 'OTHER_OPERATION_IN_PROGRESS';
      if (!busy || patience <= 0) throw thrown;
      return thrown.parameters[1] ?? row.ref;
    }
  }

  async #change(context: CallContext, ref: string, milliseconds: number): Promise<void> {
    const wake = new AbortController();
    const cancel = (): void => wake.abort();
    const waiters = this.#waiters.get(ref) ?? new Set();
    this.#waiters.set(ref, waiters.add(wake));
    context.signal.addEventListener('abort', cancel);
    await pause(context.pool.clock, milliseconds, wake.signal);
    context.signal.removeEventListener('abort', cancel);
    waiters.delete(wake);
    if (waiters.size === 0) this.#waiters.delete(ref);
    if (context.signal.aborted) throw new XapiFault('TASK_CANCELLED', context.task);
  }

  #wake(ref: string): void {
    for (const waiter of this.#waiters.get(ref) ?? []) waiter.abort();
  }
}

function shown(row: Row): Readonly<Record<string, string>> {
  return textMap(row.fields.get('current_operations'));
}

/** Throws `OTHER_OPERATION_IN_PROGRESS` while any operation runs on `row`. */
export function assertIdle(row: Row): void {
  const [running] = Object.entries(shown(row));
  if (running === undefined) return;
  const [task, name] = running;
  throw new XapiFault('OTHER_OPERATION_IN_PROGRESS', row.class, row.ref, name, task);
}
