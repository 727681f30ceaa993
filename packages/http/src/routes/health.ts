import { RequestError } from '@gdcloud/core';
import type { Answer } from '../response/api-response.js';
import { errorText } from '../response/error-text.js';
import type { Site } from '../site.js';

/** `/healthz`: this process answers. */
export const ALIVE: Answer = { status: 200, body: { status: 'ok' } };

/** `/readyz`: 200 when the cloud behind the API can work, else 503. A check that throws counts as no. */
export async function readiness(site: Site): Promise<Answer> {
  try {
    const { ready, reason, checks } = await site.ready();
    const named = checks && {
      checks: Object.fromEntries(checks.map(({ name, state }) => [name, state])),
    };
    return ready === 'yes'
      ? { status: 200, body: { status: 'ready', ...named } }
      : { status: 503, body: { status: 'not ready', reason: reason ?? null, ...named } };
  } catch (error) {
    site.logger?.warn({ error: errorText(error) }, 'the readiness check failed');
    return { status: 503, body: { status: 'not ready', reason: 'the readiness check failed' } };
  }
}

/** `/metrics`: what Prometheus reads, as the host application renders it. NotFound where it renders none. */
export async function metrics(site: Site): Promise<Answer> {
  if (site.metrics === undefined)
    throw new RequestError('NotFound', 'there is nothing at this path');
  return {
    status: 200,
    body: await site.metrics(),
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  };
}
