import { PortUnavailable } from '../../model/errors.js';
import { PROBLEMS, type Problem, unavailable, unreachable } from '../store/server-problems.js';
import { UnitConflict } from '../store/unit-conflict.js';

const LOGIN: Problem = {
  message: 'the database refuses the login',
  remedy: 'Check user, password and database in its url, and pg_hba.conf on the server.',
};
const EXHAUSTED: Problem = {
  message: 'the database server is out of a resource',
  remedy: 'See its log; give it more disk, memory or connections. Work resumes by itself.',
};

// SQLSTATEs, whole or by class (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const MEANINGS: Readonly<Record<string, Problem>> = {
  '08': PROBLEMS.gone,
  '28': LOGIN,
  '3D': PROBLEMS.absent,
  '42501': {
    message: 'the database user may not do that',
    remedy: 'Make it the owner of the database.',
  },
  '53': EXHAUSTED,
  '53100': PROBLEMS.full,
  '53300': PROBLEMS.crowded,
  '55P03': PROBLEMS.slow,
  '57014': PROBLEMS.slow,
  '57P01': PROBLEMS.gone,
  '57P02': PROBLEMS.gone,
  '57P03': PROBLEMS.gone,
  '57P04': PROBLEMS.gone,
  '57P05': PROBLEMS.gone,
  '25006': PROBLEMS.readOnly,
  '58': PROBLEMS.damaged,
  XX: PROBLEMS.damaged,
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
