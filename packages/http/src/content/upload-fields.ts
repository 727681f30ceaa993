import { RequestError } from '@gdcloud/core';
import type { ApiRequest } from '../request/api-request.js';

/** Longest content that is understood: more than any disk has. */
const DIGITS = /^\d{1,15}$/;

/** A header that is a number of bytes; absent where it is not sent. Throws InvalidBodyContent for what is none. */
export function lengthField(request: ApiRequest, name: string): number | undefined {
  const text = request.header(name)?.trim();
  if (text === undefined) return undefined;
  if (!DIGITS.test(text))
    throw new RequestError('InvalidBodyContent', `${name} must be a number of bytes`);
  return Number(text);
}

/**
 * SHA-256 of the whole content, in hexadecimal digits, as `Repr-Digest` (RFC 9530) or the older `Digest` (RFC 3230) say it;
 * absent where neither does. Other algorithms are left alone. Throws InvalidBodyContent for what is no such digest.
 */
export function digestField(request: ApiRequest): string | undefined {
  const named = /(?:^|,)\s*sha-256=:([^:]*):/i.exec(request.header('repr-digest') ?? '')?.[1];
  const older = /(?:^|,)\s*sha-256=([^,\s]*)/i.exec(request.header('digest') ?? '')?.[1];
  const text = named ?? older;
  if (text === undefined) return undefined;
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text))
    throw new RequestError('InvalidBodyContent', 'the digest must be SHA-256 in base64');
  return Buffer.from(text, 'base64').toString('hex');
}
