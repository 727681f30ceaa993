import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { ActionTools, GenerateTools } from '../model/resource-type.js';
import type { Random } from '../ports/random.js';
import type { Passwords, PasswordVerdict } from './passwords.js';
import { RecentMap } from './recent-map.js';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** As long as digests are, and no letter of theirs: comparing with none takes as long as comparing with one. */
const NO_DIGEST = '.'.repeat(43);

/** Of how many secrets that were right the digest is remembered. */
const REMEMBERED = 1_000;

/** Makes and checks secrets. What is stored of one is a keyed digest: a copy of the database alone opens nothing. */
export class Credentials implements GenerateTools {
  readonly #random: Random;
  readonly #pepper: Uint8Array;
  readonly #passwords: Passwords;
  /** Keeps what is remembered from being looked up in tables of hashes. */
  readonly #salt: string;
  readonly #right = new RecentMap<string, string>(REMEMBERED);

  /** `pepper` is this cloud's own key, kept outside the database. */
  constructor(random: Random, pepper: Uint8Array, passwords: Passwords) {
    this.#random = random;
    this.#pepper = pepper;
    this.#salt = this.digest('what was right');
    this.#passwords = passwords;
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

  /**
   * Whether one of the digests is the secret's. For a wrong secret the time depends neither on which nor on where they
   * differ, nor on whether it is another key's. Undefined stands for a digest that there is not.
   *
   * A secret that was right here before is answered sooner. That tells nothing to who does not have it: what is
   * remembered is found by a salted hash of the whole secret, so no part of it is any quicker. It counts for its own
   * digest only: who came by a secret does not learn by the time, under another name, whether it still opens something.
   */
  matches(secret: string, ...digests: readonly (string | undefined)[]): boolean {
    // Clients ask again and again with the same secret, and an HMAC costs five times what a hash does.
    const name = hash('sha256', this.#salt + secret, 'base64url');
    // What is not remembered is compared as well: a comparison less would tell it from what is.
    if (isOneOf(this.#right.get(name) ?? NO_DIGEST, digests)) return true;
    const digested = this.digest(secret);
    if (!isOneOf(digested, digests)) return false;
    // Only what is right: nobody can make us forget by trying.
    this.#right.set(name, digested);
    return true;
  }

  passwordDigest(password: string): Promise<string> {
    return this.#passwords.digest(password);
  }

  /** See {@link Passwords.check}. */
  checkPassword(password: string, digest: string | undefined): Promise<PasswordVerdict> {
    return this.#passwords.check(password, digest);
  }

  /** What an action may use that somebody asks for now. */
  toolsFor(asked: Pick<ActionTools, 'by' | 'now'>): ActionTools {
    return {
      ...asked,
      secret: (length) => this.secret(length),
      digest: (secret) => this.digest(secret),
      bytes: (count) => this.bytes(count),
      passwordDigest: (password) => this.passwordDigest(password),
      isPassword: async (password, digest) =>
        (await this.checkPassword(password, digest)) !== 'wrong',
    };
  }
}

// Looks at all of them, whatever the first one says.
function isOneOf(digest: string, digests: readonly (string | undefined)[]): boolean {
  const given = Buffer.from(digest);
  const equal = digests.map((each) => {
    const known = Buffer.from(each ?? NO_DIGEST);
    return given.length === known.length && timingSafeEqual(given, known);
  });
  return equal.some((same, index) => same && digests[index] !== undefined);
}
