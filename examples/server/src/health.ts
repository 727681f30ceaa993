import type { RequestListener } from 'node:http';

/** Answers `/healthz` and `/readyz` of a process that does not take requests; everything else is not found. */
export const healthOnly: RequestListener = (request, response) => {
  const path = (request.url ?? '').split('?')[0];
  const known = path === '/healthz' || path === '/readyz';
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json; charset=utf-8' });
  response.end(
    `${JSON.stringify(known ? { status: 'ok' } : { type: 'error', status: 404, code: 'NotFound' })}\n`,
  );
};
