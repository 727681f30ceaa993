import type { NodeRequest } from '../node/incoming.js';
import { NodeMount } from '../node/node-mount.js';
import type { NodeResponse } from '../node/outgoing.js';
import type { ApiOptions } from '../options.js';

/** What we use of a reply of Fastify 5. */
export interface FastifyApiReply {
  readonly raw: NodeResponse;
  hijack(): unknown;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  callNotFound(): unknown;
}

/** What we use of an instance of Fastify 5. */
export interface FastifyApiScope {
  /** The path under which the plug-in was registered. */
  readonly prefix: string;
  addHook(
    name: 'preParsing',
    hook: (
      request: { readonly raw: NodeRequest },
      reply: FastifyApiReply,
      payload: unknown,
      done: () => void,
    ) => void,
  ): unknown;
  all(
    path: string,
    handler: (request: { readonly raw: NodeRequest }, reply: FastifyApiReply) => unknown,
  ): unknown;
}

/**
 * Makes the HTTP API of a cloud a plug-in of Fastify: `app.register(fastifyApi({ types, resources }), { prefix: '/cloud' })`.
 * The application's `onRequest` hooks run before it; later ones and content type parsers do not, because the API reads
 * bodies itself. Headers that were set on the reply stay. Paths that are not the API's go to the application's 404.
 */
export function fastifyApi(
  options: Omit<ApiOptions, 'prefix'>,
): (scope: FastifyApiScope) => Promise<void> {
  const mount = new NodeMount(options);
  return async (scope) => {
    const prefix = scope.prefix.replace(/(?<!\/)\/+$/, '');
    // Taken before Fastify looks at the body: it answers content types that it can't read without asking any parser.
    scope.addHook('preParsing', (request, reply, _payload, done) => {
      const place = { target: request.raw.url ?? '/', prefix };
      if (!mount.owns(place)) return done();
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      void mount.answer(request.raw, reply.raw, place);
    });
    for (const path of ['/', '/*']) scope.all(path, (_request, reply) => reply.callNotFound());
  };
}
