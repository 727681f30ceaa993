import type { RequestListener, ServerResponse } from 'node:http';

/** What a process that takes no requests can tell of itself. */
export interface HealthSources {
  readonly ready?: () => Promise<{ readonly ready: 'yes' | 'no' }>;
  /** Metrics in Prometheus' text format. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/** Answers `/healthz`, `/readyz` and `/metrics` of a process that takes no requests; everything else is not found. */
export function healthOnly(sources: HealthSources = {}): RequestListener {
  return (request, response) => void answer((request.url ?? '').split('?')[0], sources, response);
}

async function answer(
  path: string | undefined,
  { ready, metrics }: HealthSources,
  response: ServerResponse,
): Promise<void> {
  if (path === '/healthz') return json(response, 200, { status: 'ok' });
  if (path === '/readyz') {
    const health = (await ready?.()) ?? { ready: 'yes' };
    return json(response, health.ready === 'yes' ? 200 : 503, health);
  }
  if (path === '/metrics' && metrics !== undefined) {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(await metrics());
    return;
  }
  json(response, 404, { type: 'error', status: 404, code: 'NotFound' });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}
