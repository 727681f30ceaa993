const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The header of a write that is done once, however often it is sent. Throws TypeError unless the key is 1 to 255 printable
 * ASCII characters.
 */
export function idempotencyHeader(key: string): { readonly 'idempotency-key': string } {
  if (!KEY.test(key)) {
    throw new TypeError('idempotencyKey: 1 to 255 printable ASCII characters are needed');
  }
  return { 'idempotency-key': `"${key.replaceAll(/["\\]/g, '\\$&')}"` };
}
