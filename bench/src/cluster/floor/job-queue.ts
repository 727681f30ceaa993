import { type ConnectionOptions, Queue } from 'bullmq';
import type { Step } from './step.js';

/** What jobs are called by. */
export const JOBS = 'steps';

/** How BullMQ reaches Redis. */
export function connectionTo(url: string): ConnectionOptions {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port), maxRetriesPerRequest: null };
}

/** A queue of events. Those that are done are removed at once: nobody asks for them again. */
export class JobQueue {
  readonly #queue: Queue<Step>;

  constructor(url: string) {
    this.#queue = new Queue<Step>(JOBS, {
      connection: connectionTo(url),
      defaultJobOptions: { removeOnComplete: true },
    });
  }

  /** Adds an event. */
  async add(step: Step): Promise<void> {
    await this.#queue.add('step', step);
  }
}
