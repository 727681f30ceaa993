import { createHmac, timingSafeEqual } from 'node:crypto';
import type { GenerateTools } from '../model/resource-type.js';
import type { Random } from '../ports/random.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes and checks secrets. What is stored of one is a keyed digest: a copy of the database alone opens nothing. */
export class Credentials implements GenerateTools {
  readonly #random: Random;
  readonly #pepper: Uint8Array;

  /** `pepper` is this cloud's own key, kept outside the database. */
  constructor(random: Random, pepper: Uint8Array) {
    this.#random = random;
    this.#pepper = pepper;
  }

  secret(length: number): string {
    let text = '';
    while (text.length < length) {
      for (const byte of this.#random.bytes(length)) {
        // Bytes beyond the last whole multiple would favour the first letters.
        if (byte < 248 && text.length < length) text += LETTERS[byte % LETTERS.length];
      }
    }
    return text;
  }

  bytes(count: number): Uint8Array {
    return this.#random.bytes(count);
  }

  digest(secret: string): string {
    return createHmac('sha256', this.#pepper).update(secret).digest('base64url');
  }

  /** Compares in a time that does not depend on where they differ. `digest` is undefined for a key that does not exist. */
  matches(secret: string, digest: string | undefined): boolean {
    const given = Buffer.from(this.digest(secret));
    const known = Buffer.from(digest ?? this.digest(''));
    return given.length === known.length && timingSafeEqual(given, known) && digest !== undefined;
  }
}
