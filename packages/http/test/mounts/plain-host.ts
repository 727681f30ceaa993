import { api, type NodeRequest, type NodeResponse } from '@gdcloud/http';
import type { Mounting } from './subject.js';

/** A host application without any framework: one API after the other, and then its own routes. */
export function plainHost(
  mountings: readonly Mounting[],
): (request: NodeRequest, response: NodeResponse) => void {
  const handles = mountings.map(({ prefix, options }) => api({ ...options, prefix }));
  return (request, response) => {
    const own = (): void => {
      if (request.url !== '/own') response.statusCode = 404;
      response.end(request.url === '/own' ? 'the host' : "not the host's");
    };
    const all = handles.reduceRight(
      (next, handle) => () => void handle(request, response, next),
      own,
    );
    all();
  };
}
