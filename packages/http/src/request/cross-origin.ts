import type { Answer } from '../response/api-response.js';
import type { ApiRequest } from './api-request.js';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** What scripts may send besides what they always may. */
const ASKED = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'if-range',
  'last-event-id',
  'range',
  'repr-digest',
  'traceparent',
  'upload-length',
  'upload-offset',
  'x-api-csrf',
  'x-api-no-challenge',
  'x-request-id',
  'x-requested-by',
].join(', ');
/** What scripts may read besides what they always may. */
const ANSWERED = [
  'accept-ranges',
  'allow',
  'content-disposition',
  'content-range',
  'etag',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'upload-complete',
  'upload-id',
  'upload-length',
  'upload-offset',
  'x-api-account-id',
  'x-api-account-kind',
  'x-api-account-name',
  'x-api-schemas',
  'x-request-id',
].join(', ');
/** How long browsers remember what they may send; seconds. */
const REMEMBERED = '600';

/**
 * Pages of other origins that may use the API (security.md T13): those on a list, exactly. They are never told that
 * credentials are allowed, so that a browser adds none of its own: scripts send the key themselves.
 */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** Throws a TypeError that names what is no origin; `*` is none. */
  constructor(origins: readonly string[] = []) {
    for (const origin of origins) {
      if (origin.includes('*') || !URL.canParse(origin) || new URL(origin).origin !== origin)
        throw new TypeError(
          `${JSON.stringify(origin)} is no origin: https://host, with the port where it is not the default`,
        );
    }
    this.#origins = new Set(origins);
  }

  /** The origin that a request says it comes from, where it is one of the list. */
  allowed(request: ApiRequest): string | undefined {
    if (this.#origins.size === 0) return undefined;
    const origin = request.header('origin');
    return origin !== undefined && this.#origins.has(origin) ? origin : undefined;
  }

  /** The answer to a browser that asks what a page may send; undefined for all other requests. */
  preflight(request: ApiRequest): Answer | undefined {
    if (request.method !== 'OPTIONS' || this.allowed(request) === undefined) return undefined;
    if (request.header('access-control-request-method') === undefined) return undefined;
    return {
      status: 204,
      body: '',
      headers: {
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': ASKED,
        'access-control-max-age': REMEMBERED,
      },
    };
  }

  /** Adds that the page which asks may read the answer. */
  addTo(headers: Record<string, string>, request: ApiRequest): void {
    const origin = this.allowed(request);
    if (origin === undefined) return;
    headers['access-control-allow-origin'] = origin;
    headers['access-control-expose-headers'] = ANSWERED;
  }
}
