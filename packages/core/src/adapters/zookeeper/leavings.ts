import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { LiveSession } from './live-session.js';
import { ZookeeperError } from './zookeeper-error.js';

/** Between two attempts to take a node away; milliseconds. */
const PAUSE = 100;
/** How long a node of which nobody knows whether it was made is left for who asks for it again; milliseconds. */
const GRACE = 1_000;

/** Nodes of ours that nobody needs any more. They are taken away in the background until they are gone, or the session is. */
export class Leavings {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #doubtful = new Map<string, LiveSession>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Takes a node away. Resolves when it is gone, or when that takes longer than is known for certain; it goes on then.
   * Never fails.
   */
  now(session: LiveSession, path: string): Promise<void> {
    return this.#leave(session, path, 'ours');
  }

  async #leave(session: LiveSession, path: string, whose: 'ours' | 'unsure'): Promise<void> {
    this.#doubtful.delete(path);
    const gone = this.#remove(session, path, whose);
    this.#leaving.set(path, gone);
    void gone.then(() => {
      if (this.#leaving.get(path) === gone) this.#leaving.delete(path);
    });
    await untilAborted(gone, session.signal);
  }

  /** Takes a node away that may have been made, once a server is in sight, unless it is asked for before. */
  later(session: LiveSession, path: string): void {
    this.#doubtful.set(path, session);
    void session.inSight().then(() => {
      this.#clock.schedule(GRACE, () => {
        if (this.#doubtful.get(path) !== session) return;
        if (session.over.aborted) this.#doubtful.delete(path);
        else void this.#leave(session, path, 'unsure');
      });
    });
  }

  /** The node is asked for again: whether it was made will be seen. */
  keep(path: string): void {
    this.#doubtful.delete(path);
  }

  /** Resolves when no node of that path is left that is to be taken away. Throws when that can't be done now. */
  async gone(path: string): Promise<void> {
    const leaving = this.#leaving.get(path);
    if (leaving === undefined) return;
    await leaving;
  }

  async #remove(session: LiveSession, path: string, first: 'ours' | 'unsure'): Promise<void> {
    for (let whose = first; !session.over.aborted; whose = 'unsure') {
      try {
        // Once an answer was lost the node may be gone, and another holder's in its place.
        if (whose === 'ours' || (await isOurs(session, path))) await session.client.remove(path);
        return;
      } catch (thrown) {
        const error = ensureError(thrown);
        if (error instanceof ZookeeperError && error.decided) {
          this.#logger.error(
            { path, error: error.message },
            'a lock can not be given back and stays until the session ends',
          );
          return;
        }
      }
      await new Promise<void>((resolve) => this.#clock.schedule(PAUSE, resolve));
      await session.inSight();
    }
  }
}

async function isOurs(session: LiveSession, path: string): Promise<boolean> {
  return (await session.client.exists(path))?.ephemeralOwner === session.id;
}

function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    void work.then(end);
  });
}
