import { PortUnavailable } from '../../model/errors.js';
import { DuplicateKey, UnitConflict } from '../store/unit-conflict.js';

interface Meaning {
  readonly message: string;
  readonly remedy: string;
}

const SERVER_GONE: Meaning = {
  message: 'the database server can’t be reached',
  remedy: 'Start it, or check its address and the network; work resumes by itself.',
};
const LOGIN: Meaning = {
  message: 'the database refuses the login',
  remedy: 'Check user, password and database in its url, and the grants of the user.',
};
const FULL: Meaning = {
  message: 'the disk under the database is full',
  remedy: 'Free some space; work resumes by itself.',
};
const CONNECTIONS: Meaning = {
  message: 'the database server has too many connections',
  remedy: 'Raise max_connections, or lower poolSize. Work resumes by itself.',
};
const READ_ONLY: Meaning = {
  message: 'the database is read-only',
  remedy: 'Point the url at the primary server; work resumes by itself.',
};
const SLOW: Meaning = {
  message: 'the database did not answer in time',
  remedy: 'Look at how busy it is, or raise statementTimeoutMs; work resumes by itself.',
};
const DAMAGED: Meaning = {
  message: 'the database server failed to read or write its files',
  remedy: 'Check its disk and its log; restore a backup if its files are damaged.',
};
const REFUSED: Meaning = {
  message: 'the database user may not do that',
  remedy: 'Grant it all on the database.',
};

// https://mariadb.com/kb/en/mariadb-error-code-reference/
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1021: FULL,
  1026: DAMAGED,
  1030: DAMAGED,
  1040: CONNECTIONS,
  1044: LOGIN,
  1045: LOGIN,
  1049: { message: 'the database does not exist', remedy: 'Create it, or correct its url.' },
  1053: SERVER_GONE,
  1114: FULL,
  1129: LOGIN,
  1130: LOGIN,
  1142: REFUSED,
  1143: REFUSED,
  1203: CONNECTIONS,
  1226: CONNECTIONS,
  1290: READ_ONLY,
  1317: SLOW,
  1698: LOGIN,
  1792: READ_ONLY,
  1836: READ_ONLY,
  1927: SERVER_GONE,
  1969: SLOW,
  3024: SLOW,
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

/** The server did not answer in the time it has. */
export function overdue(): PortUnavailable {
  return unavailable(SLOW);
}

/** Whatever the client says without a word of the server's is about the way there. */
export function unreachable(cause?: Error): PortUnavailable {
  return unavailable(SERVER_GONE, cause);
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

function unavailable({ message, remedy }: Meaning, cause?: Error): PortUnavailable {
  return new PortUnavailable('store', message, {
    remedy,
    ...(cause === undefined ? {} : { cause }),
  });
}
