import { type NodeRequest, placeOf } from './node/incoming.js';
import { NodeMount } from './node/node-mount.js';
import type { NodeResponse } from './node/outgoing.js';
import type { ApiOptions } from './options.js';

/**
 * Answers a request of node:http, of node:http2 or of anything that wraps them; `next` is called for paths that are not
 * the API's.
 */
export type ApiListener = (
  request: NodeRequest,
  response: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/**
 * Makes the HTTP API of a cloud, to be mounted into any Node server: `createServer(api({ types, resources }))`, or
 * Express's `app.use(api(…))`. It answers the version list at its prefix, everything under `/v1`, `/healthz`, `/readyz`
 * and, where it is given metrics, `/metrics`; other paths go to `next`, or are 404 without one. It never rejects and never throws.
 */
export function api(options: ApiOptions): ApiListener {
  const mount = new NodeMount(options);
  return async (request, response, next) => {
    const place = placeOf(request, mount.prefix);
    if (next !== undefined && !mount.owns(place)) next();
    else await mount.answer(request, response, place);
  };
}
