import { createHmac, timingSafeEqual } from 'node:crypto';
import { isTooLong, normalPassword } from '../model/username.js';
import type { Clock } from '../ports/clock.js';
import type { PasswordCost, PasswordHasher } from '../ports/password-hasher.js';
import type { Random } from '../ports/random.js';
import { BoundedWork } from './bounded-work.js';

/** Each hash takes 128 MiB and a thread for half a second: two at a time leave a machine to its other work. */
const BOUNDS = { inFlight: 2, waiting: 32, waitMs: 15_000 };
const SALT_BYTES = 16;
/** Digests of more expensive hashes than these are none of ours: 1 GiB each. */
const MOST: PasswordCost = { log2N: 20, r: 8, p: 4 };

/** What passwords are kept with. */
export interface PasswordsOptions {
  readonly hasher: PasswordHasher;
  readonly random: Random;
  readonly clock: Pick<Clock, 'schedule'>;
  /** This cloud's own key, kept outside the database. */
  readonly pepper: Uint8Array;
}

/** What a password has to do with a digest. `outdated`: it is the right one, and new digests cost something else. */
export type PasswordVerdict = 'wrong' | 'right' | 'outdated';

/**
 * Makes and checks digests of passwords: `scrypt$<log2N>$<r>$<p>$<salt>$<HMAC>`. The HMAC is made of the hash with the
 * pepper: a copy of the database alone is not enough to guess. All hashes of a process share one bound.
 */
export class Passwords {
  readonly #options: PasswordsOptions;
  readonly #work: BoundedWork;

  constructor(options: PasswordsOptions) {
    this.#options = options;
    this.#work = new BoundedWork(BOUNDS, options.clock);
  }

  /** Throws RequestError while too many are being hashed. */
  async digest(password: string): Promise<string> {
    const { hasher, random } = this.#options;
    return written(
      hasher.cost,
      await this.#sealed(password, random.bytes(SALT_BYTES), hasher.cost),
    );
  }

  /**
   * Checks a password in a time that depends on neither of the two, but for the cost that the digest was made with. What
   * has no digest costs as much as what has a new one. Throws RequestError while too many are being hashed.
   */
  async check(password: string, digest: string | undefined): Promise<PasswordVerdict> {
    // Nobody has such a password: it is not worth a hash.
    if (isTooLong(password)) return 'wrong';
    const { hasher } = this.#options;
    const { cost, salt, seal } = readDigest(digest) ?? nobodys(hasher.cost);
    const made = await this.#sealed(password, salt, cost);
    if (!timingSafeEqual(made.seal, seal)) return 'wrong';
    return isSame(cost, hasher.cost) ? 'right' : 'outdated';
  }

  async #sealed(password: string, salt: Uint8Array, cost: PasswordCost): Promise<Sealed> {
    const { hasher, pepper } = this.#options;
    const hash = await this.#work.run(() => hasher.derive(normalPassword(password), salt, cost));
    // The purpose keeps it from being taken for a digest of another kind.
    const seal = createHmac('sha256', pepper).update('password ').update(hash).digest();
    return { salt, seal };
  }
}

interface Sealed {
  readonly salt: Uint8Array;
  readonly seal: Uint8Array;
}

const SEAL_BYTES = 32;

function written({ log2N, r, p }: PasswordCost, { salt, seal }: Sealed): string {
  const [its, made] = [salt, seal].map((bytes) => Buffer.from(bytes).toString('base64url'));
  return `scrypt$${log2N}$${r}$${p}$${its}$${made}`;
}

function readDigest(
  text: string | undefined,
): (Sealed & { readonly cost: PasswordCost }) | undefined {
  const parts = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(text ?? '');
  if (parts === null) return undefined;
  const [, log2N, r, p, salt = '', seal = ''] = parts;
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const bytes = Buffer.from(seal, 'base64url');
  const isOurs = cost.log2N >= 1 && cost.log2N <= MOST.log2N && cost.r >= 1 && cost.r <= MOST.r;
  if (!isOurs || cost.p < 1 || cost.p > MOST.p || bytes.length !== SEAL_BYTES) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64url'), seal: bytes };
}

// A seal that no password has: finding one would be inverting the HMAC.
function nobodys(cost: PasswordCost): Sealed & { readonly cost: PasswordCost } {
  return { cost, salt: new Uint8Array(SALT_BYTES), seal: new Uint8Array(SEAL_BYTES) };
}

function isSame(left: PasswordCost, right: PasswordCost): boolean {
  return left.log2N === right.log2N && left.r === right.r && left.p === right.p;
}
