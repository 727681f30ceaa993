import type { Change, Watched } from '#client/watch.js';
import type { CloudApi } from './cloud-api.js';

/** How the stream of changes is doing. */
export type LiveState = 'connecting' | 'live' | 'lost';

/** What is told of changes. */
export interface Listener {
  /** A resource of the type is another than before. Changes come in the order in which they happened to it. */
  readonly changed: (change: Change) => void;
  /** Something may have been missed: list again. Told at the beginning, too. */
  readonly again: () => void;
}

/**
 * One stream of changes for everything on a page: browsers open only six connections to a server. Goes on where it was after
 * a lost connection, without a gap.
 */
export class Live {
  readonly #api: CloudApi;
  readonly #listeners = new Set<{ readonly type: string | undefined; readonly to: Listener }>();
  readonly #watchers = new Set<(state: LiveState) => void>();
  readonly #end = new AbortController();
  #state: LiveState = 'connecting';

  constructor(api: CloudApi) {
    this.#api = api;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Listens until {@link close}. */
  async run(): Promise<void> {
    const { signal } = this.#end;
    try {
      const lost = (): void => this.#turn('lost');
      for await (const told of this.#api.changes({ include: 'resource', lost, signal }))
        this.#tell(told);
    } catch (thrown) {
      this.#turn('lost');
      if (!signal.aborted) throw thrown;
    }
  }

  /** Ends the stream. */
  close(): void {
    this.#end.abort();
  }

  /** Hears of one type, or of all; what is returned ends it. */
  listen(type: string | undefined, to: Listener): () => void {
    const entry = { type, to };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Hears how the stream is doing; what is returned ends it. */
  watchState(watcher: (state: LiveState) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(told: Watched): void {
    this.#turn('live');
    if (told.type !== 'change') {
      for (const { to } of this.#listeners) to.again();
      return;
    }
    for (const { type, to } of this.#listeners)
      if (type === undefined || type === told.resourceType) to.changed(told);
  }

  #turn(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher(state);
  }
}
