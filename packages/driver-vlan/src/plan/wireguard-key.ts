import type { Branded } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** 32 bytes as 44 characters of base64. A private one is a secret: it reaches programs by standard input only. */
export type WireguardKey = Branded<'WireguardKey'>;

/** Reads a key, in the one form in which its bytes are written. Throws `invalid`; the message doesn't show the key. */
export function parseWireguardKey(text: string, field: string): WireguardKey {
  const bytes = /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  // The last character has two bits too many: with those set it is another text for the same key.
  if (bytes?.length !== 32 || bytes.toString('base64') !== text) {
    throw invalidField('InvalidKey', field, 'a WireGuard key is 32 bytes in base64');
  }
  return text as WireguardKey;
}
