import { setTimeout as pause } from 'node:timers/promises';
import { PortUnavailable } from '../../model/errors.js';

/**
 * A unit met another one: a deadlock, or a row that was written between its look and its write. Nothing of it remains,
 * and it is worth trying again.
 */
export class UnitConflict extends Error {
  override readonly name = 'UnitConflict';
}

/** An insert met a row with the same key, in a database that can't pass over it. The unit goes on. */
export class DuplicateKey extends Error {
  override readonly name = 'DuplicateKey';
}

/** How often a unit is tried; units that meet this often are too many for their row. */
const ATTEMPTS = 12;
/** The longest pause after the first conflict; milliseconds. It doubles with every further one, up to {@link LONGEST}. */
const FIRST_PAUSE = 4;
const LONGEST = 250;

/** Runs `unit` again while it meets others. Throws PortUnavailable when it meets them too often. */
export async function repeated<Result>(unit: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await unit();
    } catch (thrown) {
      if (!(thrown instanceof UnitConflict)) throw thrown;
      if (attempt === ATTEMPTS) {
        throw new PortUnavailable('store', 'too many writes meet at the same rows', {
          remedy: 'Wait; work resumes by itself. If it stays so, run fewer processes.',
          cause: thrown,
        });
      }
      // By chance, or those who met would meet again.
      await pause(Math.random() * Math.min(LONGEST, FIRST_PAUSE * 2 ** attempt));
    }
  }
}
