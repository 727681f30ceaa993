import type { Answer } from '../response/api-response.js';
import type { Site } from '../site.js';

/** `/healthz`: this process answers. */
export const ALIVE: Answer = { status: 200, body: { status: 'ok' } };

/** `/readyz`: 200 when the cloud behind the API can work, else 503. A check that throws counts as no. */
export async function readiness(site: Site): Promise<Answer> {
  try {
    const { ready, reason } = await site.ready();
    return ready === 'yes'
      ? { status: 200, body: { status: 'ready' } }
      : { status: 503, body: { status: 'not ready', reason: reason ?? null } };
  } catch (error) {
    site.logger?.warn({ error }, 'the readiness check failed');
    return { status: 503, body: { status: 'not ready', reason: 'the readiness check failed' } };
  }
}
