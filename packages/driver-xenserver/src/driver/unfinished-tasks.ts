import type { Ref } from '../datamodel/ref.js';

/** How many are kept: those of a busy pool, and no more than it keeps itself. */
const MOST = 1_000;

/**
 * Tasks that were still running when patience ran out, by what they do. Whoever wants the same again asks such a task
 * first: what it failed of would be told to nobody else. A crash loses them, and costs one more try.
 */
export class UnfinishedTasks {
  readonly #tasks = new Map<string, Ref<'task'>>();

  /** Keeps a task; the oldest goes when there are too many. */
  keep(what: string, task: Ref<'task'>): void {
    this.#tasks.delete(what);
    this.#tasks.set(what, task);
    for (const oldest of this.#tasks.keys()) {
      if (this.#tasks.size <= MOST) return;
      this.#tasks.delete(oldest);
    }
  }

  /** The task that does `what`, if one is known; it is not known any more then. */
  take(what: string): Ref<'task'> | undefined {
    const task = this.#tasks.get(what);
    this.#tasks.delete(what);
    return task;
  }
}
