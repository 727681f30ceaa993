import { pause } from '../../pause.js';
import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import { XapiFault } from '../fault.js';

/** A real XAPI takes five seconds (reference/xenserver.md 1.2); enough here to keep a loop from spinning. */
const REFUSAL_DELAY_MS = 50;

/** The name of the only user. */
const USER = 'root';

const login: Behaviour = async ({ pool, signal }, [user, password, , originator]) => {
  const name = textOf(user);
  if (name !== USER || textOf(password) !== pool.password) {
    await pause(pool.clock, REFUSAL_DELAY_MS, signal);
    const reason =
      name === ''
        ? 'User not known to the underlying authentication module'
        : 'Authentication failure';
    throw new XapiFault('SESSION_AUTHENTICATION_FAILED', name, reason);
  }
  return pool.login(name, originator === undefined ? '' : textOf(originator));
};

/** Sessions: whoever holds one may do everything. */
export const SESSIONS: Behaviours = {
  'session.login_with_password': login,
  'session.slave_local_login_with_password': login,
  'session.logout': ({ pool, session }) => {
    pool.logout(session);
    return '';
  },
  // Ends only sessions that a host keeps outside the pool's database; those of the pool go on.
  'session.local_logout': () => '',
  // Whoever is root already is not asked for the old one.
  'session.change_password': ({ pool }, [, password]) => {
    pool.password = textOf(password);
    return '';
  },
  'session.get_all_subject_identifiers': () => [],
  'session.logout_subject_identifier': () => '',
};
