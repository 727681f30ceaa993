import type { Health } from '@gdcloud/core';
import type { NodeResponse } from '@gdcloud/http';
import type { Listener } from './server.js';

/** What a process that takes no requests can tell of itself. */
export interface HealthSources {
  readonly ready?: () => Promise<Health>;
  /** Metrics in Prometheus' text format. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/** Answers `/healthz`, `/readyz` and `/metrics` of a process that takes no requests; everything else is not found. */
export function healthOnly(sources: HealthSources = {}): Listener {
  return (request, response) => void answer((request.url ?? '').split('?')[0], sources, response);
}

async function answer(
  path: string | undefined,
  { ready, metrics }: HealthSources,
  response: NodeResponse,
): Promise<void> {
  if (path === '/healthz') return json(response, 200, { status: 'ok' });
  if (path === '/readyz') {
    const { status, body } = readiness(await ready?.());
    return json(response, status, body);
  }
  if (path === '/metrics' && metrics !== undefined) {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(await metrics());
    return;
  }
  json(response, 404, { type: 'error', status: 404, code: 'NotFound' });
}

// As the API says it, so that one probe fits all processes.
function readiness(health: Health = { ready: 'yes', checks: [] }): {
  readonly status: number;
  readonly body: object;
} {
  const checks = Object.fromEntries(health.checks.map(({ name, state }) => [name, state]));
  return health.ready === 'yes'
    ? { status: 200, body: { status: 'ready', checks } }
    : { status: 503, body: { status: 'not ready', reason: health.reason ?? null, checks } };
}

function json(response: NodeResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}
