/** An access key and its secret key, or a user name and its password, as they were presented. */
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
 * colon, so that a secret may have others (rule 17, bad inputs C2–C13). What is too long is never hashed. User names are
 * passed on as they are: core brings them to their one normal form (C14).
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

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLong(text: string): boolean {
  return Buffer.byteLength(text) > MAX_PART;
}
