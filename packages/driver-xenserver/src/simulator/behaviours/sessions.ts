import { pause } from '../../pause.js';
import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import { XapiFault } from '../fault.js';

/** A real XAPI takes five seconds (reference/xenserver.md 1.2); enough here to keep a loop from spinning. */
const REFUSAL_DELAY_MS = 50;

const login: Behaviour = async ({ pool, signal }, [user, password, , originator]) => {
  const name = textOf(user);
  if (name !== 'root' || textOf(password) !== pool.settings.password) {
    await pause(pool.clock, REFUSAL_DELAY_MS, signal);
    throw new XapiFault('SESSION_AUTHENTICATION_FAILED', name, 'Authentication failure');
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
};
