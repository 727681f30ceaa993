import type { Caller } from '@gdcloud/core';
import { htmlPage } from '../html/page.js';
import type { ApiRequest } from '../request/api-request.js';
import type { Format } from '../request/media.js';
import type { Site } from '../site.js';
import type { Answer, ApiResponse } from './api-response.js';
import { addCaller, standardHeaders } from './response-headers.js';

/** What of a response depends on the request rather than on the answer. */
export interface Writing {
  /** URL of the API, without a trailing slash and without the version. */
  readonly base: string;
  readonly format: Format;
  readonly caller: Caller | undefined;
  /** Names the request to the caller as logs do. */
  readonly requestId: string;
}

/** Writes an answer as JSON or HTML, with the headers that every response has (rules 1 and 2). */
export function writeAnswer(
  site: Site,
  request: ApiRequest,
  answer: Answer,
  writing: Writing,
): ApiResponse {
  const headers = standardHeaders(writing.base);
  headers['x-request-id'] = writing.requestId;
  if (writing.caller !== undefined) addCaller(headers, writing.caller);
  for (const name in answer.headers) headers[name] = answer.headers[name] ?? '';
  const { status, stream } = answer;
  if (stream !== undefined) return { status, headers, body: '', stream };
  if (status === 204) return { status, headers, body: '' };
  // A tag names one representation, and pages are never asked for by tag.
  if (writing.format === 'html') delete headers['etag'];
  const etag = headers['etag'];
  if (answer.status === 200 && etag !== undefined && isUnchanged(request, etag)) {
    return { status: 304, headers, body: '' };
  }
  if (typeof answer.body === 'string' || writing.format === 'json') {
    headers['content-type'] = answer.headers?.['content-type'] ?? 'application/json; charset=utf-8';
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    headers['content-length'] = String(Buffer.byteLength(body));
    return { status: answer.status, headers, body };
  }
  const page = htmlPage(site, answer.status, answer.body, {
    base: writing.base,
    caller: writing.caller,
    about: answer.about,
    nonce: Buffer.from(site.random.bytes(18)).toString('base64'),
  });
  headers['content-type'] = 'text/html; charset=utf-8';
  headers['content-security-policy'] = page.policy;
  headers['cross-origin-opener-policy'] = 'same-origin';
  headers['content-length'] = String(Buffer.byteLength(page.html));
  return { status: answer.status, headers, body: page.html };
}

function isUnchanged(request: ApiRequest, etag: string): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const known = request.header('if-none-match');
  return known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
}
