import { RequestError } from '@gdcloud/core';
import Negotiator from 'negotiator';
import type { ApiRequest } from './api-request.js';
import type { Query } from './query.js';

/** What the answer is written as. */
export type Format = 'json' | 'html';

/** Whether a browser sent the request, as the API family tells: its name contains `mozilla`. */
export function isBrowser(request: ApiRequest): boolean {
  return /mozilla/i.test(request.header('user-agent') ?? '');
}

/**
 * Decides between JSON and HTML: HTML only for browsers that take anything, or when the query asks for it (rule 18).
 * Never throws, so that errors can be written in the right format too.
 */
export function formatOf(request: ApiRequest, query: Query | undefined): Format {
  const asked = query?.get('_format')?.toLowerCase();
  if (asked === 'html' || asked === 'json') return asked;
  return isBrowser(request) && (request.header('accept') ?? '*/*').includes('*/*')
    ? 'html'
    : 'json';
}

/** Throws NotAcceptable for an Accept that excludes both JSON and HTML. */
export function checkAcceptable(request: ApiRequest): void {
  const accept = request.header('accept');
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return;
  }
  const offered = ['application/json', 'text/html'];
  if (new Negotiator({ headers: { accept } }).mediaTypes(offered).length === 0) {
    throw new RequestError('NotAcceptable', 'answers are application/json or text/html');
  }
}
