import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiHandler } from './api-handler.js';
import { apiRequest, mountedUnder, targetOf } from './node/incoming.js';
import { send } from './node/outgoing.js';
import type { ApiOptions } from './options.js';
import { errorText } from './response/error-text.js';

/** Answers a request of node:http or of anything that wraps it; `next` is called for paths that are not the API's. */
export type ApiListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/**
 * Makes the HTTP API of a cloud, to be mounted into any Node server: `createServer(api({ types, resources }))`, or
 * Express's `app.use(api(…))`. It answers the version list at its prefix, everything under `/v1`, `/healthz`, `/readyz`
 * and, where it is given metrics, `/metrics`; other paths go to `next`, or are 404 without one. It never rejects and never throws.
 */
export function api(options: ApiOptions): ApiListener {
  const handler = new ApiHandler(options);
  const given = options.prefix?.replace(/\/+$/, '');
  return async (request, response, next) => {
    // A client that goes away mid-answer is no failure of ours, and nothing is left to tell it.
    response.on('error', () => {});
    const prefix = given ?? mountedUnder(request);
    const target = targetOf(request);
    try {
      if (next !== undefined && !handler.owns(target, prefix)) next();
      else await send(response, await handler.handle(apiRequest(request, target, prefix)));
    } catch (error) {
      options.logger?.error({ error: errorText(error) }, 'a response could not be sent');
      response.destroy();
    }
  };
}
