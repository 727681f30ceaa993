import type { Random } from '../../ports/random.js';

/** 128 bits that nobody can guess, in hex. */
export function newId(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('hex');
}
