import type { NodeRequest } from '../node/incoming.js';
import { NodeMount } from '../node/node-mount.js';
import type { NodeResponse } from '../node/outgoing.js';
import type { ApiOptions } from '../options.js';

/** What we use of a context of Koa 3. */
export interface KoaApiContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  readonly originalUrl: string;
  /** Body parsers leave what they made in its `body`. */
  readonly request: object;
  respond?: boolean | undefined;
}

/**
 * Makes the HTTP API of a cloud a middleware of Koa: `app.use(koaApi({ types, resources, prefix: '/cloud' }))`. Paths that
 * are not the API's go to the next middleware. It may stand behind body parsers, and inside koa-mount.
 */
export function koaApi(
  options: ApiOptions,
): (context: KoaApiContext, next: () => Promise<unknown>) => Promise<unknown> {
  const mount = new NodeMount(options);
  return async (context, next) => {
    const { request, originalUrl } = context;
    const parsed: unknown = 'body' in request ? request.body : undefined;
    const place = { target: originalUrl, prefix: mount.prefix ?? '', parsed };
    if (!mount.owns(place)) return next();
    context.respond = false;
    return mount.answer(context.req, context.res, place);
  };
}
