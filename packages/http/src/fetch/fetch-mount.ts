import { type Clock, type Logger, systemClock } from '@gdcloud/core';
import { ApiHandler } from '../api-handler.js';
import type { ApiOptions } from '../options.js';
import type { ReceivedRequest } from '../request/api-request.js';
import type { ApiResponse } from '../response/api-response.js';
import { bodyOf, liveBodyOf } from './response-body.js';

/** What the server knows of a request and the request does not say. */
export interface FetchConnection {
  /** The IP address at its other end; `local` for a Unix socket. Left out, no proxy is believed. */
  readonly peerAddress?: string | undefined;
  /** Whether it is encrypted. Default: as the request's URL has it. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** The request's body, where the host application has read it. */
  readonly bytes?: Uint8Array | undefined;
  /** Answers paths that are not the API's. Default: 404. */
  readonly next?: (() => Response | Promise<Response>) | undefined;
}

/** An API that answers web-standard requests. */
export class FetchMount {
  readonly #handler: ApiHandler;
  readonly #prefix: string;
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #logger: Logger | undefined;

  constructor(options: ApiOptions, handler: ApiHandler = new ApiHandler(options)) {
    this.#handler = handler;
    this.#prefix = options.prefix?.replace(/(?<!\/)\/+$/, '') ?? '';
    this.#clock = options.timer ?? systemClock;
    this.#logger = options.logger;
  }

  /** Answers a request. Rejects only as `next` does. */
  async answer(request: Request, connection: FetchConnection): Promise<Response> {
    const { next } = connection;
    if (next !== undefined && !this.#handler.owns(targetOf(request), this.#prefix)) return next();
    const received = receivedRequest(request, connection, this.#prefix);
    const answer = await this.#handler.handle(received);
    // How the connection goes on is for the server to say.
    const { connection: _, ...headers } = answer.headers;
    return new Response(await this.#bodyFor(request, answer), { status: answer.status, headers });
  }

  async #bodyFor(request: Request, answer: ApiResponse) {
    const { status, stream, live } = answer;
    const isEmpty = request.method === 'HEAD' || status === 204 || status === 304;
    if (!isEmpty && live !== undefined) return liveBodyOf(live, request.signal);
    if (!isEmpty && stream !== undefined) {
      const [clock, logger] = [this.#clock, this.#logger];
      return bodyOf(stream, { left: request.signal, clock, logger });
    }
    live?.close();
    await stream?.close();
    return isEmpty ? null : (answer.bytes ?? answer.body);
  }
}

/** Path and query of a request's URL, as they stand there. */
export function targetOf({ url }: Request): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/#.*$/, '') || '/';
}

function receivedRequest(
  request: Request,
  { peerAddress, scheme, bytes }: FetchConnection,
  prefix: string,
): ReceivedRequest {
  const { protocol, host } = new URL(request.url);
  return {
    method: request.method,
    target: targetOf(request),
    prefix,
    httpVersion: '1.1',
    scheme: scheme ?? (protocol === 'https:' ? 'https' : 'http'),
    localAuthority: host,
    peerAddress,
    rawHeaders: [...request.headers].flat(),
    get body() {
      return bytes === undefined ? chunksOf(request) : once(bytes);
    },
    header(name) {
      // What HTTP/2 says in place of Host is no header here, and Headers refuses to look for it.
      if (name.startsWith(':')) return undefined;
      // Who makes requests without a Host header put it into the URL.
      return request.headers.get(name) ?? (name === 'host' ? host : undefined);
    },
  };
}

// Stopping early must not cancel it: some servers would end the connection before the answer is through.
async function* chunksOf({ body }: Request): AsyncGenerator<Uint8Array, void, void> {
  if (body !== null) yield* body.values({ preventCancel: true });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}
