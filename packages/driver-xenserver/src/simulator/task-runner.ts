import type { Clock, Json } from '@gdcloud/core';
import { asText } from './arguments.js';
import type { Database } from './database.js';
import { faultDescription } from './fault.js';
import { xapiTime } from './xapi-time.js';

interface RunningTask {
  readonly abort: AbortController;
  abandoned: boolean;
}

/** Runs the work of `Async.*` calls and writes its outcome into the task's row. */
export class TaskRunner {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #running = new Map<string, RunningTask>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  has(task: string): boolean {
    return this.#running.has(task);
  }

  /** The row goes when the task ends. */
  abandon(task: string): void {
    const running = this.#running.get(task);
    if (running !== undefined) running.abandoned = true;
  }

  cancel(task: string): void {
    const running = this.#running.get(task);
    if (running === undefined) return;
    this.#write(task, { status: 'cancelling' });
    running.abort.abort();
  }

  /** Cancels everything; the database must not be written afterwards. */
  stop(): void {
    for (const running of this.#running.values()) {
      running.abandoned = true;
      running.abort.abort();
    }
  }

  /** Begins `work` after the current call was answered. */
  start(task: string, work: (signal: AbortSignal) => Promise<Json>): void {
    const running: RunningTask = { abort: new AbortController(), abandoned: false };
    this.#running.set(task, running);
    this.#clock.schedule(0, () => {
      work(running.abort.signal).then(
        (result) => this.#end(task, { result: `<value>${asText(result)}</value>` }, 'success'),
        (thrown: unknown) => {
          const status = running.abort.signal.aborted ? 'cancelled' : 'failure';
          this.#end(task, { error_info: [...faultDescription(thrown)] }, status);
        },
      );
    });
  }

  #end(task: string, outcome: Readonly<Record<string, Json>>, status: string): void {
    const running = this.#running.get(task);
    this.#running.delete(task);
    // The order of a real XAPI: the status last (reference/xenserver.md 1.3).
    this.#write(task, { finished: xapiTime(this.#clock.now()), progress: 1, ...outcome, status });
    const row = this.#database.find('task', task);
    if (running?.abandoned === true && row !== undefined) this.#database.remove(row);
    this.#database.commit();
  }

  #write(task: string, fields: Readonly<Record<string, Json>>): void {
    const row = this.#database.find('task', task);
    if (row === undefined) return;
    for (const [name, value] of Object.entries(fields)) this.#database.set(row, name, value);
  }
}
