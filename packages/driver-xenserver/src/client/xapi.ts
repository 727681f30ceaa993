import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock, Json, OperationKey } from '@gdcloud/core';
import type { Calls } from '../datamodel/calls.generated.js';
import type { Ref } from '../datamodel/ref.js';
import { originAt, originsOf } from './addresses.js';
import { readAnswer } from './answers.js';
import type { ApiVersion } from './api-version.js';
import type { Write } from './cache/effects.js';
import { exchangeOver } from './exchange.js';
import { joinWithin } from './join.js';
import { type Credentials, leave, type Session } from './master.js';
import { Secrets } from './secrets.js';
import { Sessions } from './sessions.js';
import { type Effect, StatusError, TransportError } from './transport-error.js';
import type { Connect, Wire } from './wire.js';
import { isXapiError } from './xapi-error.js';

/** How to reach a pool. */
export interface XapiOptions extends Credentials {
  readonly callTimeoutMs?: number | undefined;
}

/** What a client has from outside. */
export interface XapiPorts {
  readonly clock: Clock;
  readonly connect: Connect;
  /** Hears of every call that changes something, once it has ended. */
  readonly wrote?: ((write: Write) => void) | undefined;
}

/** What one call may need besides its arguments. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds; for calls that are meant to wait. */
  readonly timeoutMs?: number | undefined;
}

const CALL_TIMEOUT_MS = 30_000;
/** How often one call may be sent anew, for reasons that prove that it was not carried out. */
const REPLAYS = 3;

interface Request extends CallOptions {
  readonly method: string;
  readonly args: readonly Json[];
  readonly effect: Effect;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A typed client of one pool: keeps a session, renews it when the pool forgot it, and follows the pool's master. */
export class Xapi {
  readonly #options: XapiOptions;
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #sessions: Sessions;
  readonly #secrets: Secrets;
  readonly #wrote: XapiPorts['wrote'];
  readonly #loginListeners = new Set<() => void>();
  #login = 0;

  constructor(options: XapiOptions, ports: XapiPorts) {
    this.#options = options;
    this.#clock = ports.clock;
    this.#wrote = ports.wrote;
    this.#connect = ports.connect;
    this.#secrets = new Secrets(options.password);
    this.#sessions = new Sessions(options, ports, this.#secrets);
  }

  /** Counts logins: when it has changed, references and event tokens of before may be void. */
  get login(): number {
    return this.#login;
  }

  /** Calls `listener` after each login; returns the way to stop that. */
  onLogin(listener: () => void): () => void {
    this.#loginListeners.add(listener);
    return () => this.#loginListeners.delete(listener);
  }

  /** Makes a call that changes nothing. Throws {@link XapiError} or {@link TransportError}. */
  async read<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['args'],
    options: CallOptions,
  ): Promise<Calls[Method]['result']> {
    return readAnswer(
      method,
      await this.#request({ ...options, method, args: asJson(args), effect: 'read' }),
    );
  }

  /** Makes a call that changes something: when its reply is lost, it may have happened. */
  async write<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['args'],
    options: CallOptions,
  ): Promise<Calls[Method]['result']> {
    return readAnswer(method, await this.#change({ ...options, method, args: asJson(args) }));
  }

  /** Begins a slow call; its task carries `operation`, so that it can be found again after a crash of ours. */
  async begin<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['args'],
    options: CallOptions & { readonly operation: OperationKey },
  ): Promise<Ref<'task'>> {
    const task = await this.#change({
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      method: `Async.${method}`,
      args: asJson(args),
      headers: { 'x-http-other-config-gdcloud-op': options.operation },
    });
    if (typeof task !== 'string') throw new SyntaxError('an asynchronous call answered no task');
    return task;
  }

  /**
   * Opens a path of a member of the pool as a raw connection, with a session of its own that ends with the connection.
   * The member is a host name or an address; scheme and port are those of the pool's URL. Throws {@link XapiError} or
   * {@link TransportError}.
   */
  async tunnel(
    member: string,
    path: (session: string) => string,
    options: CallOptions,
  ): Promise<Duplex> {
    const { signal, timeoutMs = this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS } = options;
    try {
      const own = await this.#ownSession(signal, timeoutMs);
      const wire = this.#connect(originAt(member, own.wire.origin));
      const over = (): void => {
        wire.close().catch(() => undefined);
        void leave(own);
      };
      try {
        const exchange = { effect: 'read', headers: {}, signal, timeoutMs } as const;
        if (wire.tunnel === undefined)
          throw new TransportError('unsent', 'read', `${wire.origin} carries calls only`);
        return (await wire.tunnel(path(own.ref), exchange)).once('close', over);
      } catch (error) {
        over();
        throw error;
      }
    } catch (error) {
      throw this.#secrets.clean(error);
    }
  }

  /** Reads a path of a member of the pool, within the session of all calls. Throws as {@link tunnel} does. */
  async download(
    member: string,
    path: (session: string) => string,
    options: CallOptions & { readonly largest: number },
  ): Promise<string> {
    const { signal, largest, timeoutMs = this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS } = options;
    const wires: Wire[] = [];
    try {
      const session = await this.#session({ signal, effect: 'read' }, timeoutMs);
      const wire = this.#connect(originAt(member, session.wire.origin));
      wires.push(wire);
      if (wire.get === undefined)
        throw new TransportError('unsent', 'read', `${wire.origin} carries calls only`);
      const exchange = { effect: 'read', headers: {}, signal, timeoutMs, largest } as const;
      return await wire.get(path(session.ref), exchange);
    } catch (error) {
      throw this.#secrets.clean(error);
    } finally {
      for (const wire of wires) wire.close().catch(() => undefined);
    }
  }

  /** The host names in the pool's URLs, in brackets where they are IPv6 addresses. */
  get hostnames(): readonly string[] {
    return originsOf(this.#options.url).map((origin) => new URL(origin).hostname);
  }

  /** What the pool's master speaks, as it said at the last login; undefined when it did not say. Throws as {@link read}. */
  async apiVersion({ signal, timeoutMs }: CallOptions): Promise<ApiVersion | undefined> {
    const limit = timeoutMs ?? this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    try {
      return (await this.#session({ signal, effect: 'read' }, limit)).api;
    } catch (error) {
      throw this.#secrets.clean(error);
    }
  }

  /** What the pool says, as it may be told: without password and sessions. */
  redact(text: string): string {
    return this.#secrets.redact(text);
  }

  /** Logs out and closes the connections. Never rejects. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  async #change(request: Omit<Request, 'effect'>): Promise<Json> {
    const { method, args } = request;
    try {
      const result = await this.#request({ ...request, effect: 'write' });
      this.#wrote?.({ method, args, ended: { result } });
      return result;
    } catch (error) {
      this.#wrote?.({ method, args, ended: 'failed' });
      throw error;
    }
  }

  async #request(request: Request): Promise<Json> {
    try {
      return await this.#persist(request);
    } catch (error) {
      throw this.#secrets.clean(error);
    }
  }

  async #persist(request: Request): Promise<Json> {
    // A call of the driver's may make any number of requests at once, and each listens to its signal.
    setMaxListeners(0, request.signal);
    const timeoutMs = request.timeoutMs ?? this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    const end = this.#clock.monotonic() + timeoutMs;
    const reasons = new Set<Replay>();
    for (;;) {
      const left = Math.max(1, end - this.#clock.monotonic());
      const session = await this.#session(request, left);
      try {
        return await this.#send(request, session, left);
      } catch (error) {
        const replay = await this.#mend(error, session, request);
        // Each of them is said before the call is carried out, so repeating it can't double it.
        if (replay === undefined || reasons.size >= REPLAYS || reasons.has(replay)) throw error;
        reasons.add(replay);
      }
    }
  }

  async #send(request: Request, session: Session, timeoutMs: number): Promise<Json> {
    const { method, args, effect, headers = {}, signal } = request;
    const begun = this.#clock.monotonic();
    try {
      return await exchangeOver(session.wire, {
        method,
        parameters: [session.ref, ...args],
        effect,
        headers,
        signal,
        timeoutMs,
      });
    } catch (error) {
      const silent = error instanceof TransportError && error.phase === 'lost' && !signal.aborted;
      if (silent && this.#clock.monotonic() - begun >= timeoutMs) {
        this.#sessions.suspect(session);
      }
      throw error;
    }
  }

  /** Does what an error calls for, and says why the call may be sent anew, if it may. */
  async #mend(error: unknown, session: Session, { signal }: Request): Promise<Replay | undefined> {
    if (isXapiError(error, 'SESSION_INVALID')) {
      await this.#sessions.forget(session);
      return 'forgotten';
    }
    if (isXapiError(error, 'HOST_IS_SLAVE')) {
      const master = originAt(error.parameters[0] ?? '', session.wire.origin);
      await this.#sessions.forget(session, master);
      return 'moved';
    }
    // A status of HTTP comes from a server that works: another login would not help.
    if (error instanceof StatusError) return undefined;
    if (error instanceof TransportError && error.phase === 'unsent' && !signal.aborted) {
      await this.#sessions.forget(session);
      return 'unsent';
    }
    return undefined;
  }

  async #ownSession(signal: AbortSignal, timeoutMs: number): Promise<Session> {
    const login = this.#sessions.another();
    try {
      return await joinWithin(this.#clock, login, { signal, timeoutMs }, loginAbandoned('read'));
    } catch (error) {
      login.then(leave).catch(() => undefined);
      throw error;
    }
  }

  async #session(
    { signal, effect }: Pick<Request, 'signal' | 'effect'>,
    timeoutMs: number,
  ): Promise<Session> {
    const session = await joinWithin(
      this.#clock,
      this.#sessions.current(),
      { signal, timeoutMs },
      loginAbandoned(effect),
    );
    if (session.login !== this.#login) {
      this.#login = session.login;
      for (const listener of this.#loginListeners) listener();
    }
    return session;
  }
}

function loginAbandoned(effect: Effect): () => TransportError {
  return () => new TransportError('unsent', effect, 'the call was given up during the login');
}

type Replay = 'forgotten' | 'moved' | 'unsent';

/** The arguments of {@link Calls} are all JSON; their generated types only say it more narrowly. */
function asJson(args: readonly unknown[]): readonly Json[] {
  return args as readonly Json[];
}
