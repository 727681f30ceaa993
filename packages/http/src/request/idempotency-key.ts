import { WireFault } from '../response/wire-fault.js';

const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/**
 * The key of an Idempotency-Key header: a string as RFC 9651 has it, in quotes, or the same without
 * (draft-ietf-httpapi-idempotency-key-header-07). Undefined without a header. Throws BadRequest unless it has 1 to 255
 * printable ASCII characters.
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const key = text.startsWith('"') ? QUOTED.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') : text;
  if (key === undefined || !PRINTABLE.test(key)) {
    throw new WireFault(
      'BadRequest',
      'Idempotency-Key must be 1 to 255 printable characters, in quotes or without',
    );
  }
  return key;
}
