import { RequestError } from '@gdcloud/core';
import type { ApiRequest } from './api-request.js';
import type { CrossOrigin } from './cross-origin.js';
import { isBrowser } from './media.js';
import { withoutDefaultPort } from './origin.js';

/** Bodies that a page of any site can send without asking first; no type at all is one of them. */
const SIMPLE = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b|^$/i;

/**
 * Refuses writes that a page of another site makes a browser send with the credentials it remembers (security.md T10).
 * `origin` is our own, `friends` are those whose pages may. Clients that are no browsers send none of the headers looked
 * at, and pass. Throws InvalidCSRFToken.
 */
export function checkCrossSite(request: ApiRequest, origin: string, friends: CrossOrigin): void {
  if (friends.allowed(request) !== undefined) return;
  const site = request.header('sec-fetch-site');
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw refusal('the request comes from a page of another site');
  }
  const from = request.header('origin');
  if (from !== undefined) {
    if (authorityOf(from) === authorityOf(origin)) return;
    throw refusal('the request comes from a page of another site');
  }
  const vouched =
    request.header('x-api-csrf') !== undefined || request.header('x-requested-by') !== undefined;
  if (isBrowser(request) && !vouched && SIMPLE.test(request.header('content-type') ?? '')) {
    throw refusal('a browser must say where a form comes from, or send the header X-API-CSRF');
  }
}

// The scheme is left out: behind a proxy that ends TLS the browser sees https where we see http.
function authorityOf(origin: string): string | undefined {
  const parts = /^(https?):\/\/([^/]+)$/i.exec(origin);
  return parts?.[1] === undefined || parts[2] === undefined
    ? undefined
    : withoutDefaultPort(parts[1].toLowerCase(), parts[2]);
}

function refusal(message: string): RequestError {
  return new RequestError('InvalidCSRFToken', message);
}
