import type { Caller } from '@gdcloud/core';
import Negotiator from 'negotiator';
import { htmlPage } from '../html/page.js';
import type { Entered } from '../html/refused-form.js';
import type { ApiRequest } from '../request/api-request.js';
import type { Format } from '../request/media.js';
import type { Site } from '../site.js';
import { type Language, languageFor } from '../texts/speak.js';
import type { Answer, ApiResponse } from './api-response.js';
import { addCaller, addClient, standardHeaders } from './response-headers.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What of a response depends on the request rather than on the answer. */
export interface Writing {
  /** URL of the API, without a trailing slash and without the version. */
  readonly base: string;
  readonly format: Format;
  readonly caller: Caller | undefined;
  /** What is said of how much more the caller may ask. */
  readonly quota: Readonly<Record<string, string>> | undefined;
  /** Names the request to the caller as logs do. */
  readonly requestId: string;
  /** The path under the API, decoded; empty where it could not be read. */
  readonly path: readonly string[];
  /** What came by a form of one of our own pages. */
  readonly entered: Entered | undefined;
}

/** Writes an answer as JSON or HTML, with the headers that every response has (rules 1 and 2). */
export function writeAnswer(
  site: Site,
  request: ApiRequest,
  answer: Answer,
  writing: Writing,
): ApiResponse {
  const headers = standardHeaders(writing.base);
  addClient(headers, request.clientAddress);
  if (site.strictTransportSecurity !== undefined && writing.base.startsWith('https:'))
    headers['strict-transport-security'] = site.strictTransportSecurity;
  headers['x-request-id'] = writing.requestId;
  site.crossOrigin.addTo(headers, request);
  if (writing.caller !== undefined) addCaller(headers, writing.caller);
  for (const name in writing.quota) headers[name] = writing.quota[name] ?? '';
  for (const name in answer.headers) headers[name] = answer.headers[name] ?? '';
  const { status, stream, live } = answer;
  if (stream !== undefined) return { status, headers, body: '', stream };
  if (live !== undefined) return { status, headers, body: '', live };
  if (answer.file !== undefined) return inBytes(answer, headers, answer.file);
  if (status === 204) return { status, headers, body: '' };
  // A tag names one representation, and pages are never asked for by tag.
  if (writing.format === 'html') delete headers['etag'];
  const etag = headers['etag'];
  if (answer.status === 200 && etag !== undefined && isUnchanged(request, etag)) {
    return { status: 304, headers, body: '' };
  }
  // Each is asked for only where there is nothing better: it may be made when it is asked for.
  if (writing.format === 'json') {
    const { text } = answer;
    if (text !== undefined) return inText(answer, headers, text);
    const { bytes } = answer;
    if (bytes !== undefined) return inBytes(answer, headers, bytes);
  }
  const { body } = answer;
  if (typeof body === 'string' || writing.format === 'json')
    return inText(answer, headers, typeof body === 'string' ? body : JSON.stringify(body));
  const language = languageOf(request);
  const page = htmlPage(site, answer.status, body, {
    base: writing.base,
    caller: writing.caller,
    about: answer.about,
    nonce: Buffer.from(site.random.bytes(18)).toString('base64'),
    language,
    path: writing.path,
    entered: writing.entered,
    retryAfter: headers['retry-after'],
  });
  headers['content-language'] = language;
  headers['vary'] = `${headers['vary']}, Accept-Language`;
  headers['content-type'] = 'text/html; charset=utf-8';
  headers['content-security-policy'] = page.policy;
  headers['cross-origin-opener-policy'] = 'same-origin';
  headers['content-length'] = String(Buffer.byteLength(page.html));
  return { status: answer.status, headers, body: page.html };
}

// Pages speak the language that the browser says its reader prefers.
function languageOf(request: ApiRequest): Language {
  const accepted = request.header('accept-language');
  if (accepted === undefined) return languageFor([]);
  return languageFor(new Negotiator({ headers: { 'accept-language': accepted } }).languages());
}

function inText(
  { status, headers: own }: Answer,
  headers: Record<string, string>,
  body: string,
): ApiResponse {
  headers['content-type'] = own?.['content-type'] ?? JSON_TYPE;
  headers['content-length'] = String(Buffer.byteLength(body));
  return { status, headers, body };
}

function inBytes(
  { status, headers: own }: Answer,
  headers: Record<string, string>,
  bytes: Uint8Array,
): ApiResponse {
  headers['content-type'] = own?.['content-type'] ?? JSON_TYPE;
  headers['content-length'] = String(bytes.byteLength);
  return new InBytes(status, headers, bytes);
}

// A class, as a list has much to decode: objects with getters of their own are slow to make.
class InBytes implements ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;

  constructor(status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get body(): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString();
  }
}

function isUnchanged(request: ApiRequest, etag: string): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const known = request.header('if-none-match');
  return known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
}
