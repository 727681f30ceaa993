import type { Clock } from '@gdcloud/core';
import type { CopyJob } from './copy-job.js';

/** A copy that nobody has asked for so long was given up, or went on in another process; milliseconds. */
const FORGOTTEN = 10 * 60_000;

interface Kept {
  readonly job: CopyJob;
  askedAt: number;
}

/** The copies that a process has under way on a share, by the disks that they are to be. */
export class CopyJobs {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The copy that is to be this disk, if one is under way here. */
  of(uuid: string): CopyJob | undefined {
    const kept = this.#jobs.get(uuid);
    if (kept !== undefined) kept.askedAt = this.#clock.monotonic();
    return kept?.job;
  }

  /** Takes in a new copy; those that were forgotten go. */
  async begin(uuid: string, job: CopyJob): Promise<CopyJob> {
    const now = this.#clock.monotonic();
    const forgotten = [...this.#jobs].filter(([, { askedAt }]) => now - askedAt > FORGOTTEN);
    this.#jobs.set(uuid, { job, askedAt: now });
    await Promise.all(forgotten.map(([other, { job: old }]) => this.#end(other, old)));
    return job;
  }

  forget(uuid: string): void {
    this.#jobs.delete(uuid);
  }

  /** Ends a copy that is not wanted any more. */
  async drop(uuid: string): Promise<void> {
    const kept = this.#jobs.get(uuid);
    if (kept !== undefined) await this.#end(uuid, kept.job);
  }

  #end(uuid: string, job: CopyJob): Promise<void> {
    this.#jobs.delete(uuid);
    return job.drop();
  }
}
