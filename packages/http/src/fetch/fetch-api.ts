import type { ApiOptions } from '../options.js';
import { type FetchConnection, FetchMount } from './fetch-mount.js';

export type { FetchConnection } from './fetch-mount.js';

/** Answers a web-standard request; `connection` says what a request can't say of itself. */
export type FetchApi = (request: Request, connection?: FetchConnection) => Promise<Response>;

/**
 * Makes the HTTP API of a cloud a function from Request to Response, for servers that have these:
 * `Deno.serve((request, { remoteAddr }) => handle(request, { peerAddress: remoteAddr.hostname }))`. Bodies are streamed both
 * ways. A download ends when its body is cancelled, when the request's signal aborts, or when nobody takes it for too long. It rejects only as `next` does.
 */
export function fetchApi(options: ApiOptions): FetchApi {
  const mount = new FetchMount(options);
  return (request, connection = {}) => mount.answer(request, connection);
}
