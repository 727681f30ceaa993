import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock, Json, OperationKey } from '@gdcloud/core';
import type { Calls } from '../datamodel/calls.generated.js';
import type { Ref } from '../datamodel/ref.js';
import { readAnswer } from './answers.js';
import { decodeAnswer, encodeCall } from './envelope.js';
import { join } from './join.js';
import { type Effect, TransportError } from './transport-error.js';
import type { Connect, Wire } from './wire.js';
import { isXapiError, type XapiError } from './xapi-error.js';

/** How to reach a pool. */
export interface XapiOptions {
  /** Of the pool master, or of any member: members name their master. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Names the sessions' owner in the pool: session limits count by it. */
  readonly originator: string;
  readonly callTimeoutMs?: number | undefined;
}

/** What a client has from outside. */
export interface XapiPorts {
  readonly clock: Clock;
  readonly connect: Connect;
}

/** What one call may need besides its arguments. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds; for calls that are meant to wait. */
  readonly timeoutMs?: number | undefined;
}

const CALL_TIMEOUT_MS = 30_000;
const REDIRECTS = 2;
/** XAPI punishes wrong passwords by a delay: a loop of logins would fill its queue. */
const REFUSED_LOGIN_PAUSE_MS = 10_000;

interface Request extends CallOptions {
  readonly method: string;
  readonly args: readonly Json[];
  readonly effect: Effect;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A typed client of one pool: keeps a session, renews it when the pool forgot it, and follows the pool's master. */
export class Xapi {
  readonly #options: XapiOptions;
  readonly #ports: XapiPorts;
  #wire: Wire;
  #session: Promise<string> | undefined;
  #refused: { readonly error: XapiError; readonly until: number } | undefined;
  #calls = 0;

  constructor(options: XapiOptions, ports: XapiPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#wire = ports.connect(options.url);
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
    return readAnswer(
      method,
      await this.#request({ ...options, method, args: asJson(args), effect: 'write' }),
    );
  }

  /** Begins a slow call; its task carries `operation`, so that it can be found again after a crash of ours. */
  async begin<Method extends keyof Calls>(
    method: Method,
    args: Calls[Method]['args'],
    options: CallOptions & { readonly operation: OperationKey },
  ): Promise<Ref<'task'>> {
    const task = await this.#request({
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      method: `Async.${method}`,
      args: asJson(args),
      effect: 'write',
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
    const session = await join(this.#loginOnce(), options.signal, abandonedLogin);
    const wire = this.#ports.connect(this.#urlOf(member));
    const leave = (): void => {
      wire.close().catch(() => undefined);
      this.#logout(session);
    };
    try {
      const stream = await wire.tunnel(path(session), {
        effect: 'read',
        headers: {},
        signal: options.signal,
        timeoutMs: options.timeoutMs ?? this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS,
      });
      stream.once('close', leave);
      return stream;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The host name in the pool's URL, in brackets where it is an IPv6 address. */
  get hostname(): string {
    return new URL(this.#options.url).hostname;
  }

  /** Closes the connections. */
  close(): Promise<void> {
    return this.#wire.close();
  }

  async #request(request: Request): Promise<Json> {
    // A call of the driver's may make any number of requests at once, and each listens to its signal.
    setMaxListeners(0, request.signal);
    let renewed = 0;
    for (let redirects = 0; ; ) {
      const session = await this.#sessionFor(request);
      try {
        return await this.#exchange(request, [session, ...request.args]);
      } catch (error) {
        // Both are said before the call is carried out, so repeating it can't double it.
        if (isXapiError(error, 'SESSION_INVALID') && renewed === 0) {
          renewed += 1;
          await this.#forget(session);
        } else if (isXapiError(error, 'HOST_IS_SLAVE') && redirects < REDIRECTS) {
          redirects += 1;
          this.#session = undefined;
          this.#moveTo(this.#addressIn(error));
        } else throw error;
      }
    }
  }

  async #exchange(request: Request, parameters: readonly Json[]): Promise<Json> {
    this.#calls += 1;
    const wire = this.#wire;
    try {
      const text = await wire.post(encodeCall(this.#calls, request.method, parameters), {
        effect: request.effect,
        headers: request.headers ?? {},
        signal: request.signal,
        timeoutMs: request.timeoutMs ?? this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS,
      });
      return decodeAnswer(text);
    } catch (error) {
      // A master that was named to us is gone: ask again where we were told to.
      const unsent = error instanceof TransportError && error.phase === 'unsent';
      if (unsent && wire === this.#wire) this.#moveTo(this.#options.url);
      throw error;
    }
  }

  #sessionFor(request: Request): Promise<string> {
    this.#session ??= this.#login();
    return join(
      this.#session,
      request.signal,
      () => new TransportError('unsent', request.effect, 'the call was given up during the login'),
    );
  }

  async #forget(session: string): Promise<void> {
    const current = await this.#session?.catch(() => undefined);
    if (current === session) this.#session = undefined;
  }

  /** One login serves all callers, so it has no signal of any of them. */
  #login(): Promise<string> {
    const login = this.#loginOnce();
    login.catch(() => {
      if (this.#session === login) this.#session = undefined;
    });
    return login;
  }

  async #loginOnce(): Promise<string> {
    if (this.#refused !== undefined && this.#ports.clock.monotonic() < this.#refused.until)
      throw this.#refused.error;
    const { username, password, originator } = this.#options;
    for (let redirects = 0; ; redirects += 1) {
      try {
        const session = await this.#exchange(
          {
            method: 'session.login_with_password',
            args: [],
            // A session that was made though its reply is lost ages away by itself.
            effect: 'read',
            signal: new AbortController().signal,
          },
          [username, password, '1.0', originator],
        );
        if (typeof session !== 'string') throw new SyntaxError('a login answered no session');
        return session;
      } catch (error) {
        if (isXapiError(error, 'HOST_IS_SLAVE') && redirects < REDIRECTS) {
          this.#moveTo(this.#addressIn(error));
        } else {
          if (isXapiError(error, 'SESSION_AUTHENTICATION_FAILED')) {
            const until = this.#ports.clock.monotonic() + REFUSED_LOGIN_PAUSE_MS;
            this.#refused = { error, until };
          }
          throw error;
        }
      }
    }
  }

  /** The URL of the master that a member of the pool names. */
  #addressIn(error: XapiError): string {
    const [address = ''] = error.parameters;
    const url = new URL(this.#wire.origin);
    url.hostname = address.includes(':') ? `[${address}]` : address;
    return url.href;
  }

  #urlOf(member: string): string {
    const url = new URL(this.#options.url);
    url.hostname = member.includes(':') && !member.startsWith('[') ? `[${member}]` : member;
    return url.href;
  }

  // One that can't be ended ages away by itself.
  #logout(session: string): void {
    const { signal } = new AbortController();
    const logout = { method: 'session.logout', args: [], effect: 'read', signal } as const;
    this.#exchange(logout, [session]).catch(() => undefined);
  }

  #moveTo(url: string): void {
    if (new URL(url).origin === this.#wire.origin) return;
    const left = this.#wire;
    this.#wire = this.#ports.connect(url);
    this.#session = undefined;
    left.close().catch(() => undefined);
  }
}

function abandonedLogin(): TransportError {
  return new TransportError('unsent', 'read', 'the call was given up during the login');
}

/** The arguments of {@link Calls} are all JSON; their generated types only say it more narrowly. */
function asJson(args: readonly unknown[]): readonly Json[] {
  return args as readonly Json[];
}
