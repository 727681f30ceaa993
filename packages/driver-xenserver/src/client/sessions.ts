import type { Clock } from '@gdcloud/core';
import { exchangeOver } from './exchange.js';
import { type Credentials, isRefused, leave, MasterSearch, type Session } from './master.js';
import type { Secrets } from './secrets.js';
import { TransportError } from './transport-error.js';
import type { Connect } from './wire.js';
import { XapiError } from './xapi-error.js';

/** XAPI punishes wrong passwords by a delay: a loop of logins would fill its queue. */
const REFUSED_PAUSE_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;

/** Keeps the one session that all calls of a client share. One login serves all who wait for it. */
export class Sessions {
  readonly #search: MasterSearch;
  readonly #clock: Clock;
  #current: Promise<Session> | undefined;
  #likely: string | undefined;
  #refused: { readonly error: XapiError; readonly until: number } | undefined;
  #suspected: Session | undefined;
  #closed = false;

  constructor(
    credentials: Credentials,
    ports: { readonly clock: Clock; readonly connect: Connect },
    secrets: Secrets,
  ) {
    this.#search = new MasterSearch(credentials, ports.connect, secrets);
    this.#clock = ports.clock;
  }

  /** The session of now, or a new one at whoever is the master. */
  current(): Promise<Session> {
    if (this.#current !== undefined) {
      return this.#suspected === undefined ? this.#current : this.#verified(this.#current);
    }
    if (this.#closed) {
      return Promise.reject(new TransportError('unsent', 'read', 'the driver is closed'));
    }
    return this.#share(this.#find());
  }

  /** A session that is nobody else's; whoever asks for it logs out. */
  another(): Promise<Session> {
    return this.#closed
      ? Promise.reject(new TransportError('unsent', 'read', 'the driver is closed'))
      : this.#find();
  }

  /** The pool knows the session no more: the next call logs in again, there or where `master` says. */
  async forget(session: Session, master: string = session.wire.origin): Promise<void> {
    if (!(await this.#isCurrent(session))) return;
    this.#likely = master;
    this.#current = undefined;
    session.wire.close().catch(() => undefined);
  }

  /**
   * A call was not answered in time. Slow, or gone? The next call waits until that host has shown a sign of life, and
   * goes to another one if it does not.
   */
  suspect(session: Session): void {
    this.#suspected = session;
  }

  /** Logs out, as well as that can be done. Calls that come later find no pool. */
  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#current?.catch(() => undefined);
    this.#current = undefined;
    if (session !== undefined) await leave(session);
  }

  async #find(): Promise<Session> {
    if (this.#refused !== undefined && this.#clock.monotonic() < this.#refused.until) {
      throw this.#refused.error;
    }
    try {
      const session = await this.#search.find(this.#likely);
      if (this.#closed) await leave(session);
      this.#likely = session.wire.origin;
      return session;
    } catch (error) {
      if (isRefused(error)) {
        this.#refused = { error, until: this.#clock.monotonic() + REFUSED_PAUSE_MS };
      }
      throw error;
    }
  }

  #verified(current: Promise<Session>): Promise<Session> {
    const suspected = this.#suspected;
    this.#suspected = undefined;
    return this.#share(
      current.then((session) => (session === suspected ? this.#verify(session) : session)),
    );
  }

  async #verify(session: Session): Promise<Session> {
    try {
      await exchangeOver(session.wire, {
        method: 'pool.get_all_records',
        parameters: [session.ref],
        effect: 'read',
        headers: {},
        signal: new AbortController().signal,
        timeoutMs: PROBE_TIMEOUT_MS,
      });
      return session;
    } catch (error) {
      // Whatever it says, it lives; what it says of the session, the next call hears as well.
      if (error instanceof XapiError) return session;
      session.wire.close().catch(() => undefined);
      return this.#find();
    }
  }

  async #isCurrent(session: Session): Promise<boolean> {
    const current = this.#current;
    return (await current?.catch(() => undefined)) === session && current === this.#current;
  }

  #share(search: Promise<Session>): Promise<Session> {
    this.#current = search;
    search.catch(() => {
      if (this.#current === search) this.#current = undefined;
    });
    return search;
  }
}
