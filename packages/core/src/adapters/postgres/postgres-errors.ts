import { PortUnavailable } from '../../model/errors.js';
import { UnitConflict } from '../store/unit-conflict.js';

interface Meaning {
  readonly message: string;
  readonly remedy: string;
}

const SERVER_GONE: Meaning = {
  message: 'the database server can’t be reached',
  remedy: 'Start it, or check its address and the network; work resumes by itself.',
};
const FULL: Meaning = {
  message: 'the database server is out of a resource',
  remedy: 'See its log; give it more disk, memory or connections. Work resumes by itself.',
};
const LOGIN: Meaning = {
  message: 'the database refuses the login',
  remedy: 'Check user, password and database in its url, and pg_hba.conf on the server.',
};
const DAMAGED: Meaning = {
  message: 'the database server failed to read or write its files',
  remedy: 'Check its disk and its log; restore a backup if its files are damaged.',
};
const SLOW: Meaning = {
  message: 'the database did not answer in time',
  remedy: 'Look at how busy it is, or raise statementTimeoutMs; work resumes by itself.',
};

// SQLSTATEs, whole or by class (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': SERVER_GONE,
  '28': LOGIN,
  '3D': { message: 'the database does not exist', remedy: 'Create it, or correct its url.' },
  '42501': {
    message: 'the database user may not do that',
    remedy: 'Make it the owner of the database.',
  },
  '53': FULL,
  '53100': {
    message: 'the disk under the database is full',
    remedy: 'Free some space; work resumes by itself.',
  },
  '53300': {
    message: 'the database server has too many connections',
    remedy: 'Raise max_connections, or lower poolSize. Work resumes by itself.',
  },
  '55P03': SLOW,
  '57014': SLOW,
  '57P01': SERVER_GONE,
  '57P02': SERVER_GONE,
  '57P03': SERVER_GONE,
  '57P04': SERVER_GONE,
  '57P05': SERVER_GONE,
  '25006': {
    message: 'the database is read-only',
    remedy: 'Point the url at the primary server; work resumes by itself.',
  },
  '58': DAMAGED,
  XX: DAMAGED,
};

/**
 * Serialization failure, deadlock, and a key that was taken between the look and the write of one statement: nothing was
 * written, and the next attempt may well succeed.
 */
const CONFLICTS = ['40001', '40P01', '23505'];

/** Classifies what the client threw: PortUnavailable where the database can't answer, UnitConflict where it is worth another try, else the error as it is. */
export function asStoreError(error: Error): Error {
  if (error instanceof PortUnavailable) return error;
  const code = sqlState(error);
  if (code === undefined) return error instanceof TypeError ? error : unreachable(error);
  if (CONFLICTS.includes(code))
    return new UnitConflict('another write was faster', { cause: error });
  const meaning = MEANINGS[code] ?? MEANINGS[code.slice(0, 2)];
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
  const code = sqlState(error);
  // One that turned out to be read-only may be that of a server which is the primary no more.
  return code === undefined || /^(08|57P|25006|XX)/.test(code);
}

// What comes from the server has a severity; codes of the system (`EPIPE`) look much the same.
function sqlState(error: Error): string | undefined {
  const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

function unavailable({ message, remedy }: Meaning, cause?: Error): PortUnavailable {
  return new PortUnavailable('store', message, {
    remedy,
    ...(cause === undefined ? {} : { cause }),
  });
}
