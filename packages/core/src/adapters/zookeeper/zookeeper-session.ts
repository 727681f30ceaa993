import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Random } from '../../ports/random.js';
import { LiveSession } from './live-session.js';
import type { ClientFactory, ClientListener, ZookeeperClient } from './zookeeper-client.js';
import { ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';

/** Between two attempts to get a session: at first, and at most; milliseconds. */
const PAUSES = { first: 100, most: 10_000 } as const;
/** The least time a client gets to connect before another one is tried; milliseconds. */
const LEAST_PATIENCE = 3_000;

/** What a session works with. */
export interface SessionOptions {
  readonly hosts: string;
  readonly timeoutMs: number;
  readonly digest?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Loads the client. */
  readonly load: () => Promise<ClientFactory>;
}

/**
 * Keeps a session with an ensemble, one at a time, and gets a new one when it is over: for ever, in the background, with
 * growing pauses. Nothing is connected before the first question.
 */
export class ZookeeperSession {
  readonly #options: SessionOptions;
  readonly #prepare: (session: LiveSession) => Promise<void>;
  #state: 'idle' | 'starting' | 'away' | 'open' | 'closed' = 'idle';
  #live: LiveSession | undefined;
  #client: ZookeeperClient | undefined;
  #factory: ClientFactory | undefined;
  #pauseMs: number = PAUSES.first;
  #cancel: Cancel | undefined;
  #why: Error | undefined;
  #waiting: (() => void)[] = [];

  /** `prepare` is called in each new session, again while it fails, and nobody else gets it before that. */
  constructor(options: SessionOptions, prepare: (session: LiveSession) => Promise<void>) {
    this.#options = options;
    this.#prepare = prepare;
  }

  /**
   * The session, if a lock may be given on it now. The first call connects and waits for that, once, as long as a client
   * may take to connect. Throws PortUnavailable.
   */
  async usable(): Promise<LiveSession> {
    if (this.#state === 'idle') {
      this.#state = 'starting';
      this.#connect();
    }
    if (this.#state === 'starting')
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const live = this.#live;
    if (this.#state === 'open' && live?.isUsable === true) return live;
    throw this.unavailable(this.#why);
  }

  /** Why no lock can be had. */
  unavailable(cause: unknown): PortUnavailable {
    if (cause instanceof PortUnavailable) return cause;
    const error = cause === undefined ? undefined : ensureError(cause);
    const about = error === undefined ? '' : `: ${error.message}`;
    return new PortUnavailable('locks', `ZooKeeper can not answer for certain${about}`, {
      remedy: remedyFor(error, this.#options.hosts),
      cause: error,
    });
  }

  /** Ends the session; its locks are free at once. */
  close(): Promise<void> {
    this.#state = 'closed';
    this.#cancel?.();
    this.#client?.close();
    this.#tell();
    return Promise.resolve();
  }

  #connect(): void {
    void this.#attempt().catch((thrown: unknown) => this.#failed(ensureError(thrown)));
  }

  async #attempt(): Promise<void> {
    const { clock, hosts, timeoutMs, digest, load } = this.#options;
    this.#factory ??= await load();
    if (this.#state === 'closed') return;
    const askedAt = clock.monotonic();
    let live: LiveSession | undefined;
    let ended: 'yes' | 'no' = 'no';
    const end = (why: Error): void => {
      if (ended === 'yes') return;
      ended = 'yes';
      patience();
      live?.end(why.message);
      this.#live = undefined;
      this.#client = undefined;
      this.#failed(why);
    };
    const patience = clock.schedule(Math.max(timeoutMs, LEAST_PATIENCE), () => {
      // A client that got nowhere may end without a word.
      client.close();
      end(new Error('no server has answered in time'));
    });
    const listener: ClientListener = {
      connected: () => {
        if (live !== undefined) {
          live.resumed();
          return;
        }
        patience();
        live = new LiveSession(client, clock, askedAt);
        this.#live = live;
        void this.#open(live);
      },
      connecting: () => live?.suspended(),
      answered: (at) => live?.answered(at),
      closed: (code) =>
        end(
          code === ZOOKEEPER_CODES.authFailed
            ? new ZookeeperError(code, 'connect', hosts, 'the credentials were refused')
            : new Error('the session is over'),
        ),
    };
    const client = this.#factory({ hosts, timeoutMs, digest, clock, listener });
    this.#client = client;
  }

  async #open(live: LiveSession): Promise<void> {
    for (let pauseMs: number = PAUSES.first; !live.over.aborted; pauseMs = grown(pauseMs)) {
      try {
        await live.inSight();
        await this.#prepare(live);
        if (live.over.aborted) return;
        if (this.#state === 'away') this.#options.logger.info({}, 'the lock service is back');
        this.#state = 'open';
        this.#pauseMs = PAUSES.first;
        this.#why = undefined;
        this.#tell();
        return;
      } catch (thrown) {
        if (live.over.aborted) return;
        this.#lost(ensureError(thrown));
      }
      await new Promise<void>((resolve) => this.#options.clock.schedule(pauseMs, resolve));
    }
  }

  #failed(error: Error): void {
    if (this.#state === 'closed') return;
    this.#lost(error);
    const { clock, random } = this.#options;
    const pauseMs = this.#pauseMs * (0.5 + random.fraction() / 2);
    this.#pauseMs = grown(this.#pauseMs);
    this.#cancel = clock.schedule(pauseMs, () => this.#connect());
  }

  #lost(error: Error): void {
    if (this.#state === 'closed') return;
    this.#why = error;
    // Once an episode: a line for each attempt would bury the first.
    if (this.#state !== 'away')
      this.#options.logger.warn(
        { error: error.message },
        'the lock service is away; it is looked for until it is back',
      );
    this.#state = 'away';
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function grown(pauseMs: number): number {
  return Math.min(pauseMs * 2, PAUSES.most);
}

function remedyFor(error: Error | undefined, hosts: string): string {
  const { noAuth, authFailed } = ZOOKEEPER_CODES;
  if (error instanceof ZookeeperError && (error.code === noAuth || error.code === authFailed))
    return 'Check user and password of the lock service: its nodes belong to other credentials.';
  if (error !== undefined && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
    return 'Install the package zookeeper beside @gdcloud/core.';
  return `Make ZooKeeper at ${hosts} reachable; work resumes by itself.`;
}
