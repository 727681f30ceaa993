import { RequestError } from '@gdcloud/core';
import { WireFault } from '../response/wire-fault.js';
import type { ApiRequest } from './api-request.js';

/** More than any client sends; Node itself silently forgets headers after the 1,000th. */
const MAX_HEADERS = 200;
const MAX_TARGET = 8192;
const MAX_ACCEPT = 4096;

/** Headers of which a second copy means that two readers of the message would understand it differently. */
const SINGLE: readonly string[] = [
  'host',
  'authorization',
  'content-type',
  'content-encoding',
  'if-match',
  'idempotency-key',
];

/**
 * Refuses messages that Node lets through although their meaning is in doubt (security.md 1.2 A). Throws
 * {@link WireFault}, or RequestError UriTooLong.
 */
export function checkWire(request: ApiRequest): void {
  if (request.target.length > MAX_TARGET) {
    throw new RequestError('UriTooLong', `the URL is longer than ${MAX_TARGET} characters`);
  }
  if (!request.target.startsWith('/')) {
    throw new WireFault('BadRequest', 'the request target must be a path');
  }
  if (request.rawHeaders.length > MAX_HEADERS * 2) {
    throw new WireFault('HeadersTooLarge', `there are more than ${MAX_HEADERS} headers`);
  }
  if ((request.header('accept')?.length ?? 0) > MAX_ACCEPT) {
    throw new WireFault('BadRequest', `Accept is longer than ${MAX_ACCEPT} characters`);
  }
  refuseCopies(request.rawHeaders);
  if (!request.httpVersion.startsWith('1.') && request.header(':authority') === undefined) {
    throw new WireFault(
      'HttpVersionNotSupported',
      `HTTP/${request.httpVersion} is not spoken here`,
    );
  }
}

function refuseCopies(rawHeaders: readonly string[]): void {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const place = SINGLE.indexOf(name);
    if (place === -1) continue;
    const bit = 1 << place;
    if ((seen & bit) !== 0) throw new WireFault('BadRequest', `there are two ${name} headers`);
    seen |= bit;
  }
}
