import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Random } from '../../ports/random.js';
import { LiveSession } from './live-session.js';
import type { ClientFactory, ClientListener, ZookeeperClient } from './zookeeper-client.js';
import { ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';

/** Between two attempts to get a session: at first, and at most; milliseconds. */
const PAUSES = { first: 100, most: 2_000 } as const;

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
  #prepared: LiveSession | undefined;
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
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#cancel?.();
    this.#live?.end('the lock service is closed');
    this.#tell();
    await this.#client?.close();
  }

  #connect(): void {
    void this.#attempt().catch((thrown: unknown) => this.#failed(ensureError(thrown)));
  }

  async #attempt(): Promise<void> {
    const { clock, random, hosts, timeoutMs, digest, load } = this.#options;
    this.#factory ??= await load();
    if (this.#state === 'closed') return;
    let live: LiveSession | undefined;
    const listener: ClientListener = {
      connected: (askedAt) => {
        if (live !== undefined) {
          live.resumed(askedAt);
          if (this.#prepared === live) this.#opened();
          return;
        }
        live = new LiveSession(client, clock, askedAt);
        this.#live = live;
        void this.#open(live);
      },
      connecting: () => live?.suspended(),
      // What is held is held on until its certainty ends; that no server is there is told of nevertheless.
      unreachable: (why) => this.#lost(why),
      answered: (at) => live?.answered(at),
      closed: (code) => {
        const why = reasonOf(code, hosts);
        live?.end(why.message);
        this.#live = undefined;
        this.#client = undefined;
        this.#failed(why);
      },
    };
    const client = this.#factory({ hosts, timeoutMs, digest, clock, random, listener });
    this.#client = client;
  }

  async #open(live: LiveSession): Promise<void> {
    for (let pauseMs: number = PAUSES.first; !live.over.aborted; pauseMs = grown(pauseMs)) {
      try {
        await live.inSight();
        await this.#prepare(live);
        if (live.over.aborted) return;
        this.#prepared = live;
        this.#pauseMs = PAUSES.first;
        this.#opened();
        return;
      } catch (thrown) {
        if (live.over.aborted) return;
        this.#lost(ensureError(thrown));
      }
      await new Promise<void>((resolve) => this.#options.clock.schedule(pauseMs, resolve));
    }
  }

  #opened(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'away') this.#options.logger.info({}, 'the lock service is back');
    this.#state = 'open';
    this.#why = undefined;
    this.#tell();
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

function reasonOf(code: number, hosts: string): Error {
  const { authFailed, authFailedState } = ZOOKEEPER_CODES;
  return code === authFailed || code === authFailedState
    ? new ZookeeperError(authFailed, 'connect', hosts, 'the credentials were refused')
    : new Error('the session is over');
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
