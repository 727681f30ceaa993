import { createHmac } from 'node:crypto';
import type { PasswordCost, PasswordHasher } from '../ports/password-hasher.js';

/** The least that scrypt knows: what has been made with it is easily told from the real thing. */
const COST: PasswordCost = { log2N: 1, r: 1, p: 1 };

/**
 * Hashes passwords at no cost, so that tests and simulations need not wait, and with the same result each time. Anybody
 * could guess what it has hashed: never for passwords that people choose.
 */
export function quickHasher(cost: PasswordCost = COST): PasswordHasher {
  return {
    cost,
    derive: (password, salt, { log2N, r, p }) =>
      Promise.resolve(
        createHmac('sha256', salt).update(`${log2N} ${r} ${p} `).update(password).digest(),
      ),
  };
}
