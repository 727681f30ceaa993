import { setMaxListeners } from 'node:events';
import { ensureError } from '../model/errors.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { RoutineTask } from '../ports/routine-task.js';
import { jittered } from './back-off.js';
import { limited } from './driver-calls.js';
import { passSignal } from './pass-signal.js';
import { errorCode } from './telemetry/pass-watch.js';

/** After a failed run the next one comes sooner than usual, at most this late; milliseconds. */
const RETRY_INTERVAL = 3_000;
/** How long one run of a task may take that says nothing of it; milliseconds. */
const RUN_LIMIT = 60_000;

/** What routine tasks run on. */
export interface RoutineTasksOptions {
  readonly tasks: readonly RoutineTask[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Runs each task at start and from time to time afterwards, one run of a task at a time. A run that outlives its limit
 * has failed and is not waited for: what hangs in a driver must not keep the task from ever running again.
 */
export class RoutineTasks {
  readonly #options: RoutineTasksOptions;
  readonly #stop = new AbortController();
  readonly #next = new Map<RoutineTask, Cancel>();
  readonly #running = new Set<Promise<void>>();
  readonly #failing = new Set<RoutineTask>();

  constructor(options: RoutineTasksOptions) {
    this.#options = options;
    // Every run listens to it, so Node's guess that more than ten are a leak is wrong here.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Starts the first run of every task. */
  start(): void {
    for (const task of this.#options.tasks) this.#launch(task);
  }

  /** Aborts what is running; nothing that is under way is waited for longer than it heeds that. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the kernel is stopping'));
    for (const cancel of this.#next.values()) cancel();
    await Promise.all(this.#running);
  }

  #launch(task: RoutineTask): void {
    const run = this.#run(task);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  async #limited(task: RoutineTask): Promise<void> {
    const { name, limitMs = RUN_LIMIT } = task;
    const stop = this.#stop.signal;
    // What lasts may have left something behind that ends with the kernel, not with the run.
    if (limitMs === Number.POSITIVE_INFINITY) return limited(task.run({ signal: stop }), stop);
    const { signal, release } = passSignal([stop], limitMs, this.#options.clock, name);
    try {
      await limited(task.run({ signal }), signal);
    } finally {
      release();
    }
  }

  async #run(task: RoutineTask): Promise<void> {
    const { clock, random, logger } = this.#options;
    let pause = task.everyMs;
    try {
      await this.#limited(task);
      if (this.#failing.delete(task))
        logger.info({ task: task.name }, 'a routine task works again');
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      pause = Math.min(pause, RETRY_INTERVAL);
      if (!this.#failing.has(task)) {
        logger.warn(
          { task: task.name, code: errorCode(thrown), error: ensureError(thrown).message },
          'a routine task failed; it is tried again',
        );
      }
      this.#failing.add(task);
    }
    if (this.#stop.signal.aborted) return;
    this.#next.set(
      task,
      clock.schedule(jittered(pause, random.fraction()), () => this.#launch(task)),
    );
  }
}
