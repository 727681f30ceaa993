import type { CompiledQuery, QueryResult } from 'kysely';
import { ensureError, PortUnavailable } from '../../model/errors.js';

/** One connection to a database server. */
export interface Session {
  /** Whether it can be used again; once it is `broken` it stays so. */
  readonly state: 'usable' | 'broken';
  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
  /** Gives the connection up without waiting for answers. */
  close(): void;
}

/** How many connections there are at most, and how long somebody waits for one; milliseconds. */
export interface PoolLimits {
  readonly size: number;
  readonly patience: number;
}

interface Waiter<S> {
  take(session: S): void;
  refuse(error: Error): void;
}

/**
 * Connections that are opened when needed and kept. Those that broke are let go, so that work goes on by itself when the
 * server is back. When none can be opened and none is there, all who wait are refused at once: the next one asks anew.
 */
export class SessionPool<S extends Session> {
  readonly #open: () => Promise<S>;
  readonly #limits: PoolLimits;
  readonly #waiters: Waiter<S>[] = [];
  readonly #idle: S[] = [];
  readonly #sessions = new Set<S>();
  #opening = 0;
  #closed: 'yes' | 'no' = 'no';

  /** `open` throws PortUnavailable when there is no connection to be had. */
  constructor(open: () => Promise<S>, limits: PoolLimits) {
    this.#open = open;
    this.#limits = limits;
  }

  /** Runs `work` with a connection of its own. */
  async with<Result>(work: (session: S) => Promise<Result>): Promise<Result> {
    const session = this.#take() ?? (await this.#wait());
    try {
      return await work(session);
    } finally {
      this.#giveBack(session);
    }
  }

  /** Whether somebody would have to wait for a connection. */
  get isBusy(): boolean {
    return this.#idle.length === 0 && this.#sessions.size + this.#opening >= this.#limits.size;
  }

  /** Closes all connections; who waits is refused. */
  close(): void {
    this.#closed = 'yes';
    for (const session of this.#sessions) session.close();
    this.#sessions.clear();
    this.#idle.length = 0;
    this.#refuseAll(closed());
  }

  #take(): S | undefined {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.state === 'usable') return session;
      this.#letGo(session);
    }
    return undefined;
  }

  #wait(): Promise<S> {
    if (this.#closed === 'yes') return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(
          new PortUnavailable('store', 'no connection to the database became free', {
            remedy: 'Look at how busy the database is, or allow more connections (poolSize).',
          }),
        );
      }, this.#limits.patience);
      const waiter: Waiter<S> = {
        take: (session) => {
          clearTimeout(timer);
          resolve(session);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.push(waiter);
      this.#openMore();
    });
  }

  #openMore(): void {
    if (this.#closed === 'yes' || this.#opening >= this.#waiters.length) return;
    if (this.#sessions.size + this.#opening >= this.#limits.size) return;
    this.#opening += 1;
    void this.#openOne();
  }

  async #openOne(): Promise<void> {
    try {
      const session = await this.#open();
      this.#opening -= 1;
      if (this.#closed === 'yes') {
        session.close();
        return;
      }
      this.#sessions.add(session);
      this.#giveBack(session);
    } catch (thrown) {
      this.#opening -= 1;
      if (this.#sessions.size === 0 && this.#opening === 0) this.#refuseAll(ensureError(thrown));
    }
  }

  #giveBack(session: S): void {
    if (session.state === 'broken') {
      this.#letGo(session);
      this.#openMore();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(session);
    else waiter.take(session);
  }

  #letGo(session: S): void {
    this.#sessions.delete(session);
    session.close();
  }

  #refuseAll(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(error);
  }
}

function closed(): PortUnavailable {
  return new PortUnavailable('store', 'the database was closed', {
    remedy: 'Open another connection.',
  });
}
