import { scrypt } from 'node:crypto';
import type { PasswordCost, PasswordHasher } from '../../ports/password-hasher.js';

/** OWASP's minimum: 128 MiB and about half a second of a core each (reference/security.md T7). */
const COST: PasswordCost = { log2N: 17, r: 8, p: 1 };
const LENGTH = 32;

/** Hashes passwords with Node's scrypt, in its thread pool. */
export function scryptHasher(cost: PasswordCost = COST): PasswordHasher {
  return {
    cost,
    derive: (password, salt, { log2N, r, p }) =>
      new Promise((resolve, reject) => {
        const N = 2 ** log2N;
        // Exactly what the parameters take, and a little for what is counted besides: Node's default refuses them.
        const maxmem = 128 * r * (N + p + 2);
        scrypt(password, salt, LENGTH, { N, r, p, maxmem }, (error, key) => {
          if (error === null) resolve(key);
          else reject(error);
        });
      }),
  };
}
