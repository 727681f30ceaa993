import { PortUnavailable } from '../../model/errors.js';
import { PROBLEMS, type Problem, unavailable, unreachable } from '../store/server-problems.js';
import { DuplicateKey, UnitConflict } from '../store/unit-conflict.js';

const LOGIN: Problem = {
  message: 'the database refuses the login',
  remedy: 'Check user, password and database in its url, and the grants of the user.',
};
const REFUSED: Problem = {
  message: 'the database user may not do that',
  remedy: 'Grant it all on the database.',
};

// https://mariadb.com/kb/en/mariadb-error-code-reference/
const MEANINGS: Readonly<Record<number, Problem>> = {
  1021: PROBLEMS.full,
  1026: PROBLEMS.damaged,
  1030: PROBLEMS.damaged,
  1040: PROBLEMS.crowded,
  1044: LOGIN,
  1045: LOGIN,
  1049: PROBLEMS.absent,
  1053: PROBLEMS.gone,
  1114: PROBLEMS.full,
  1129: LOGIN,
  1130: LOGIN,
  1142: REFUSED,
  1143: REFUSED,
  1203: PROBLEMS.crowded,
  1226: PROBLEMS.crowded,
  1290: PROBLEMS.readOnly,
  1317: PROBLEMS.slow,
  1698: LOGIN,
  1792: PROBLEMS.readOnly,
  1836: PROBLEMS.readOnly,
  1927: PROBLEMS.gone,
  1969: PROBLEMS.slow,
  3024: PROBLEMS.slow,
};

const DUPLICATE = 1062;
/** Deadlock; waited too long for a lock. */
const CONFLICTS = [1205, 1213];
/** After these a connection is of no use, or leads to a server that is the primary no more. */
const ENDING = [1053, 1290, 1836, 1927];

/** Classifies what the client threw: PortUnavailable where the database can't answer, UnitConflict where it is worth another try, DuplicateKey, else the error as it is. */
export function asStoreError(error: Error): Error {
  if (error instanceof PortUnavailable) return error;
  const number = errorNumber(error);
  if (number === undefined) return error instanceof TypeError ? error : unreachable(error);
  if (number === DUPLICATE) return new DuplicateKey('the key is taken', { cause: error });
  if (CONFLICTS.includes(number)) return new UnitConflict('a deadlock', { cause: error });
  const meaning = MEANINGS[number];
  return meaning === undefined ? error : unavailable(meaning, error);
}

/** Whether a connection is of no use after this. */
export function endsSession(error: Error): boolean {
  const number = errorNumber(error);
  return number === undefined || ENDING.includes(number);
}

// What comes from the server has a SQLSTATE; errors of the system have numbers too.
function errorNumber(error: Error): number | undefined {
  const { errno, sqlState } = error as { readonly errno?: unknown; readonly sqlState?: unknown };
  return typeof errno === 'number' && typeof sqlState === 'string' ? errno : undefined;
}
