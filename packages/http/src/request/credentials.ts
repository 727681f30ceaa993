/** An access key as it was presented. */
export interface Credentials {
  readonly publicValue: string;
  readonly secretValue: string;
}

const BASIC = /^basic +((?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?)$/i;
const MAX_HEADER = 1024;
const MAX_PART = 256;

/**
 * Reads an Authorization header of the Basic scheme. Undefined for every other scheme and for anything that is not
 * exactly well formed: strict base64, UTF-8, no control characters, a name and a secret of 1–256 bytes, split at the first
 * colon (rule 17, bad inputs C2–C13). What is too long is never hashed.
 */
export function parseBasic(header: string | undefined): Credentials | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = decodeUtf8(Buffer.from(encoded, 'base64'));
  if (text === undefined || /\p{Cc}/u.test(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const publicValue = text.slice(0, colon);
  const secretValue = text.slice(colon + 1);
  return secretValue === '' || tooLong(publicValue) || tooLong(secretValue)
    ? undefined
    : { publicValue, secretValue };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLong(text: string): boolean {
  return Buffer.byteLength(text) > MAX_PART;
}
