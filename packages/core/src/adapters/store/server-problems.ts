import { PortUnavailable } from '../../model/errors.js';

/** Why a database server can't do what it was asked to, in words, and what helps. */
export interface Problem {
  readonly message: string;
  readonly remedy: string;
}

/** What every kind of database server has to say at times. */
export const PROBLEMS = {
  gone: {
    message: 'the database server can’t be reached',
    remedy: 'Start it, or check its address and the network; work resumes by itself.',
  },
  slow: {
    message: 'the database did not answer in time',
    remedy: 'Look at how busy it is, or raise statementTimeoutMs; work resumes by itself.',
  },
  full: {
    message: 'the disk under the database is full',
    remedy: 'Free some space; work resumes by itself.',
  },
  crowded: {
    message: 'the database server has too many connections',
    remedy: 'Raise max_connections, or lower poolSize. Work resumes by itself.',
  },
  readOnly: {
    message: 'the database is read-only',
    remedy: 'Point the url at the primary server; work resumes by itself.',
  },
  damaged: {
    message: 'the database server failed to read or write its files',
    remedy: 'Check its disk and its log; restore a backup if its files are damaged.',
  },
  absent: { message: 'the database does not exist', remedy: 'Create it, or correct its url.' },
} as const satisfies Record<string, Problem>;

/** The server did not answer in the time it has. */
export function overdue(): PortUnavailable {
  return unavailable(PROBLEMS.slow);
}

/** Whatever the client says without a word of the server's is about the way there. */
export function unreachable(cause?: Error): PortUnavailable {
  return unavailable(PROBLEMS.gone, cause);
}

/** A problem as the store's port tells it. */
export function unavailable({ message, remedy }: Problem, cause?: Error): PortUnavailable {
  return new PortUnavailable('store', message, {
    remedy,
    ...(cause === undefined ? {} : { cause }),
  });
}
