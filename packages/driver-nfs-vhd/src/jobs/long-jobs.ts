import type { Clock, ResourceUuid, WorkProgress } from '@gdcloud/core';
import { Turnstile } from './turnstile.js';

/** What long work is given. */
export interface JobTurn {
  /** To be waited for before each step. */
  pass(): Promise<void>;
  /** Tells how far it is. */
  tell(percent: number, message: string): void;
  /** Aborts when the work is given up for good. */
  readonly signal: AbortSignal;
}

interface Job {
  readonly gate: Turnstile;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  progress: WorkProgress;
  lastUsed: number;
}

/** How long one call works on a job: soon enough for clients to see it move, and for a deletion to get its turn. */
const TURN_MS = 3_000;
/** A job nobody has come back to for so long is another process's by now. */
const IDLE_MS = 10 * 60_000;
/** Jobs at a time in one process: each has buffers and a connection. */
const MOST_JOBS = 8;

/**
 * Work that is longer than a driver call, by resource. It moves only during the calls that look after it, and is
 * forgotten with the process: what it had not made durable is done again.
 */
export class LongJobs {
  readonly #clock: Clock;
  readonly #jobs = new Map<ResourceUuid, Job>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Goes on with the work on a resource, or begins it, for one turn. Returns how far it is, or undefined once it is
   * done. Throws what the work threw; the next call begins anew then.
   */
  async advance(
    uuid: ResourceUuid,
    signal: AbortSignal,
    begin: (turn: JobTurn) => Promise<void>,
  ): Promise<WorkProgress | undefined> {
    this.#forgetIdle();
    const known = this.#jobs.get(uuid);
    if (known === undefined && this.#jobs.size >= MOST_JOBS)
      return { percent: 0, message: 'other long work comes first', afterMs: 2_000 };
    const job = known ?? this.#begin(uuid, begin);
    job.lastUsed = this.#clock.monotonic();
    job.gate.open();
    try {
      const ended = await this.#turn(job, signal);
      if (ended === 'yes') this.#jobs.delete(uuid);
      return ended === 'yes' ? undefined : job.progress;
    } catch (thrown) {
      this.#jobs.delete(uuid);
      throw thrown;
    } finally {
      job.gate.close();
    }
  }

  /** Gives up the work on a resource, and waits until none of it is under way. */
  async drop(uuid: ResourceUuid): Promise<void> {
    const job = this.#jobs.get(uuid);
    if (job === undefined) return;
    this.#jobs.delete(uuid);
    const reason = new Error('the work was given up');
    job.gate.break(reason);
    job.stop.abort(reason);
    await job.ended.catch(() => undefined);
  }

  #begin(uuid: ResourceUuid, work: (turn: JobTurn) => Promise<void>): Job {
    const gate = new Turnstile();
    const stop = new AbortController();
    const begun: WorkProgress = { percent: 0, message: 'it begins', afterMs: 0 };
    const job: Job = {
      gate,
      stop,
      progress: begun,
      lastUsed: this.#clock.monotonic(),
      ended: gate.pass().then(() =>
        work({
          pass: () => gate.pass(),
          tell: (percent, message) => {
            job.progress = { percent, message, afterMs: 0 };
          },
          signal: stop.signal,
        }),
      ),
    };
    // Whoever comes next hears of it.
    job.ended.catch(() => undefined);
    this.#jobs.set(uuid, job);
    return job;
  }

  #turn(job: Job, signal: AbortSignal): Promise<'yes' | 'no'> {
    return new Promise((resolve, reject) => {
      const release = (): void => {
        cancel();
        signal.removeEventListener('abort', over);
      };
      const over = (): void => {
        release();
        resolve('no');
      };
      const cancel = this.#clock.schedule(TURN_MS, over);
      signal.addEventListener('abort', over, { once: true });
      job.ended.then(() => resolve('yes'), reject).finally(release);
      if (signal.aborted) over();
    });
  }

  #forgetIdle(): void {
    const now = this.#clock.monotonic();
    for (const [uuid, job] of this.#jobs) {
      if (now - job.lastUsed > IDLE_MS) void this.drop(uuid);
    }
  }
}
