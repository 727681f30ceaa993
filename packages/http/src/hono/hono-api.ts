import { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { ApiHandler } from '../api-handler.js';
import { FetchMount, targetOf } from '../fetch/fetch-mount.js';
import { NodeMount } from '../node/node-mount.js';
import type { ApiOptions } from '../options.js';

// What @hono/node-server calls RESPONSE_ALREADY_SENT. Made as early as that: the Response that it puts in place of Node's
// once it serves is sent without a look at this header.
const ALREADY_SENT = new Response(null, { headers: { 'x-hono-already-sent': 'true' } });

/** What we use of a context of Hono 4. */
export interface HonoApiContext {
  readonly env: unknown;
  readonly req: {
    readonly raw: Request;
    readonly bodyCache: object;
    arrayBuffer(): Promise<ArrayBuffer>;
  };
}

/**
 * Makes the HTTP API of a cloud a handler of Hono: `app.use('/cloud/*', honoApi({ types, resources, prefix: '/cloud' }))`.
 * On `@hono/node-server` it answers by Node's own request and response, so what other middleware does to the response
 * afterwards has no effect; elsewhere by Request and Response. Paths that are not the API's go to the next handler.
 */
export function honoApi(
  options: ApiOptions,
): (context: HonoApiContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const handler = new ApiHandler(options);
  const node = new NodeMount(options, handler);
  const fetched = new FetchMount(options, handler);
  return async (context, next) => {
    const { req } = context;
    const prefix = node.prefix ?? '';
    const ends = nodeEnds(context.env);
    const target = ends?.incoming.url ?? targetOf(req.raw);
    if (!node.owns({ target, prefix })) {
      await next();
      return undefined;
    }
    const bytes = await bytesOf(context);
    if (ends === undefined) return fetched.answer(req.raw, { bytes });
    await node.answer(ends.incoming, ends.outgoing, { target, prefix, bytes });
    return ALREADY_SENT;
  };
}

// A middleware that has read the body left it in Hono's cache, from which it comes again as it was.
async function bytesOf({ req }: HonoApiContext): Promise<Uint8Array | undefined> {
  return Object.keys(req.bodyCache).length === 0
    ? undefined
    : new Uint8Array(await req.arrayBuffer());
}

function nodeEnds(env: unknown) {
  if (typeof env !== 'object' || env === null) return undefined;
  if (!('incoming' in env && 'outgoing' in env)) return undefined;
  const { incoming, outgoing } = env;
  if (!(incoming instanceof IncomingMessage || incoming instanceof Http2ServerRequest))
    return undefined;
  return outgoing instanceof ServerResponse || outgoing instanceof Http2ServerResponse
    ? { incoming, outgoing }
    : undefined;
}
