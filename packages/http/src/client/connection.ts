import { ApiError, ConnectionError } from './errors.js';
import { idempotencyHeader } from './idempotency-header.js';
import { linked } from './linked.js';
import { type Failure, pauseAfter } from './retry.js';
import { secondsOf } from './seconds-of.js';
import { pause, type Surroundings } from './surroundings.js';

/** A key or a login; or what the browser was given when the page was opened. */
export type ClientCredentials =
  | { readonly accessKey: string; readonly secretKey: string }
  | 'of the browser';

/** Where the API is and who asks. */
export interface ConnectionOptions {
  readonly url: string;
  readonly credentials: ClientCredentials;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly attempts: number;
}

/** A request to the API. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A path under the version, or a URL that the API gave. */
  readonly to: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What makes it the same write wherever it is sent again. By default a write has one of its own, at each attempt the same. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the API answered. */
export interface Answered {
  readonly body: unknown;
  readonly etag: string | null;
  readonly headers: Pick<Headers, 'get'>;
}

interface SentRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** Sends requests to one API, once more where that helps: asked twice is asked once. */
export class Connection {
  /** The URL of the version, without a trailing slash. */
  readonly root: string;
  readonly surroundings: Surroundings;
  /** Ends all that is done here. */
  readonly signal: AbortSignal | undefined;
  readonly #options: ConnectionOptions;
  readonly #sentBy: 'same-origin' | 'omit';
  readonly #authorization: Readonly<Record<string, string>>;
  readonly #challenge: Readonly<Record<string, string>>;

  constructor(options: ConnectionOptions, surroundings: Surroundings) {
    const url = options.url.replace(/(?<!\/)\/+$/, '');
    this.root = url.endsWith('/v1') ? url : `${url}/v1`;
    this.surroundings = surroundings;
    this.signal = options.signal;
    this.#options = options;
    const { credentials } = options;
    // With a key of our own the browser must neither send nor ask for what it remembers.
    this.#sentBy = credentials === 'of the browser' ? 'same-origin' : 'omit';
    // A page must not ask people for a password because a key is wrong. What browsers remember they send only below the path
    // that they were asked at, and anywhere else when they are asked again (RFC 7617, 2.2).
    this.#challenge = credentials === 'of the browser' ? {} : { 'x-api-no-challenge': 'true' };
    this.#authorization =
      credentials === 'of the browser' ? {} : { authorization: basic(credentials) };
  }

  /**
   * Sends a request and reads the answer. Throws ApiError, ConnectionError, the reason of a signal, and TypeError for an
   * idempotency key that is none.
   */
  async ask(asked: Asked): Promise<Answered> {
    const { attempts } = this.#options;
    const request = this.#requestOf(asked);
    const { control, unlink } = linked([asked.signal, this.signal]);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const tried = await this.#once(request, control.signal);
        if ('answered' in tried) return tried.answered;
        const wait = pauseAfter(tried, {
          attempt,
          attempts,
          random: this.surroundings.random(),
          now: this.surroundings.now(),
        });
        if (wait === undefined) throw tried.error;
        await pause(this.surroundings, wait, control.signal);
      }
    } finally {
      unlink();
    }
  }

  /** Opens a stream of events. The caller ends it by the signal. Throws ApiError, and whatever keeps it from opening. */
  async open(
    to: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const accept = { ...headers, accept: 'text/event-stream, application/json;q=0.5' };
    const { url, init } = this.#requestOf({ method: 'GET', to, headers: accept });
    const response = await this.surroundings.fetch(url, { ...init, signal });
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && response.body !== null && type.startsWith('text/event-stream'))
      return response.body;
    throw failureOf(response, await bodyOf(response));
  }

  async #once(
    { url, init }: SentRequest,
    given: AbortSignal,
  ): Promise<{ readonly answered: Answered } | Failure> {
    const { timeoutMs } = this.#options;
    const { control, unlink } = linked([given]);
    const late = new ConnectionError(`no answer within ${timeoutMs} ms`);
    const cancel = this.surroundings.after(timeoutMs, () => control.abort(late));
    try {
      const response = await this.surroundings.fetch(url, { ...init, signal: control.signal });
      const body = await bodyOf(response);
      if (response.ok) {
        const { headers } = response;
        return { answered: { body, etag: headers.get('etag'), headers } };
      }
      return {
        error: failureOf(response, body),
        retryAfter: response.headers.get('retry-after'),
      };
    } catch (thrown) {
      if (given.aborted) throw given.reason;
      const error = control.signal.aborted
        ? late
        : new ConnectionError('the API can not be reached', { cause: thrown });
      return { error, retryAfter: null };
    } finally {
      cancel();
      unlink();
    }
  }

  #requestOf({ method, to, body, headers, idempotencyKey }: Asked): SentRequest {
    return {
      url: this.#urlOf(to),
      init: {
        method,
        credentials: this.#sentBy,
        headers: {
          accept: 'application/json',
          ...this.#authorization,
          ...this.#challenge,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'GET'
            ? {}
            : idempotencyHeader(idempotencyKey ?? this.surroundings.uuid())),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    };
  }

  #urlOf(to: string): string {
    if (to.startsWith('/')) return this.root + to;
    // The key is for this API only, whatever a link says.
    if (new URL(to).origin !== new URL(this.root).origin)
      throw new TypeError(`${to} leads away from ${this.root}`);
    return to;
  }
}

function basic({ accessKey, secretKey }: Exclude<ClientCredentials, string>): string {
  const bytes = new TextEncoder().encode(`${accessKey}:${secretKey}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function failureOf(response: Response, body: unknown): ApiError {
  const { status, headers } = response;
  return new ApiError(
    status,
    body,
    headers.get('x-request-id'),
    secondsOf(headers.get('retry-after')),
  );
}
