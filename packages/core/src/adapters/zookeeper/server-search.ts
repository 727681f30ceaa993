import type { Connect, NativeConnection, SessionKey } from './native-connection.js';
import { unreachable } from './reachable.js';
import type { ClientOptions } from './zookeeper-client.js';

/** The least time a server gets to let us in; milliseconds. */
const LEAST_PATIENCE = 1_000;
/** How many servers can be tried in a session time at least. */
const TRIES = 6;
/** Between two rounds over all servers, at first and at most; milliseconds. */
const PAUSES = { first: 50, most: 1_000 } as const;

/** What a search ends with. */
export type Found =
  | { readonly kind: 'connected' }
  /** A server has said that there is no such session any more, or that the credentials are wrong. */
  | { readonly kind: 'ended'; readonly code: number }
  | { readonly kind: 'given up' };

type Tried = Found | { readonly kind: 'refused'; readonly why: Error };

/** What a connection tells from the moment it is found. Nothing here may throw or close it: the native client calls. */
export interface FoundListener {
  /** It is connected, for the first time or again, with what was asked at this monotonic moment. */
  connected(connection: NativeConnection, askedAt: number): void;
  lost(connection: NativeConnection): void;
  ended(code: number): void;
}

/**
 * Looks for a server that lets us in, one after another, each for a moment only. The native client has a search of its own,
 * which stands still in some cases and hides which server it is at.
 */
export class ServerSearch {
  readonly #connect: Connect;
  readonly #options: ClientOptions;
  readonly #hosts: readonly string[];
  readonly #stop = new AbortController();
  #next = 0;

  constructor(connect: Connect, options: ClientOptions) {
    this.#connect = connect;
    this.#options = options;
    this.#hosts = shuffled(options.hosts.split(','), () => options.random.fraction());
  }

  /** Searches until a server is found, beginning behind the last one. Goes on with the session `resume`, if there is one. */
  async find(resume: SessionKey | undefined, listener: FoundListener): Promise<Found> {
    for (let round = 0; !this.#isStopped; round += 1) {
      let why = new Error('no server is named');
      for (let n = 0; n < this.#hosts.length; n += 1) {
        const host = this.#hosts[this.#next % this.#hosts.length] ?? '';
        this.#next += 1;
        const tried = await this.#try(host, this.#patienceMs(round), resume, listener);
        if (tried.kind !== 'refused') return tried;
        why = tried.why;
      }
      if (this.#isStopped) break;
      this.#options.listener.unreachable(why);
      await this.#pause(Math.min(PAUSES.first * 2 ** round, PAUSES.most));
    }
    return { kind: 'given up' };
  }

  /** Ends the search. */
  stop(): void {
    this.#stop.abort();
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  // A server that is slow but alone must get more time some day.
  #patienceMs(round: number): number {
    const { timeoutMs } = this.#options;
    const first = Math.max(LEAST_PATIENCE, timeoutMs / TRIES);
    return Math.min(first * 2 ** Math.min(round, 10), Math.max(first, timeoutMs));
  }

  async #try(
    host: string,
    limitMs: number,
    resume: SessionKey | undefined,
    listener: FoundListener,
  ): Promise<Tried> {
    const { clock, timeoutMs, digest } = this.#options;
    const refused = await unreachable(host, limitMs, clock);
    if (this.#isStopped) return { kind: 'given up' };
    if (refused !== undefined) return { kind: 'refused', why: refused };
    return new Promise((resolve) => {
      let askedAt = clock.monotonic();
      let state: 'trying' | 'found' | 'over' = 'trying';
      const end = (tried: Tried): void => {
        state = tried.kind === 'connected' ? 'found' : 'over';
        cancel();
        this.#stop.signal.removeEventListener('abort', giveUp);
        resolve(tried);
      };
      const refuse = (why: string): void => {
        // It may have got through after all.
        if (state !== 'trying') return;
        connection.close();
        end({ kind: 'refused', why: new Error(`${host} ${why}`) });
      };
      const giveUp = (): void => {
        setImmediate(() => connection.close());
        end({ kind: 'given up' });
      };
      const connection = this.#connect({
        host,
        timeoutMs,
        digest,
        resume,
        listener: {
          connected: () => {
            if (state === 'over') return;
            if (state === 'trying') end({ kind: 'connected' });
            listener.connected(connection, askedAt);
          },
          lost: () => {
            askedAt = clock.monotonic();
            if (state === 'found') listener.lost(connection);
            // Not from within its own callback.
            else setImmediate(() => refuse('lets nobody in'));
          },
          ended: (code) => {
            if (state === 'found') listener.ended(code);
            // Not before there is a connection: it may end while it is made.
            else setImmediate(() => state === 'trying' && end({ kind: 'ended', code }));
          },
        },
      });
      this.#stop.signal.addEventListener('abort', giveUp);
      const cancel = clock.schedule(limitMs, () => refuse('does not answer'));
    });
  }

  #pause(ms: number): Promise<void> {
    const { clock, random } = this.#options;
    return new Promise((resolve) => clock.schedule(ms * (0.5 + random.fraction() / 2), resolve));
  }
}

function shuffled<T>(all: readonly T[], fraction: () => number): readonly T[] {
  return all
    .map((one) => ({ one, order: fraction() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ one }) => one);
}
