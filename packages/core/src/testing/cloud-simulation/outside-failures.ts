import { DriverFailure } from '../../model/errors.js';

/** What a call that met a fault is told. */
export function failureOf(
  name: string,
  verb: string,
  fault: 'error' | 'lost-reply',
): DriverFailure {
  if (fault === 'error') return refused(name, 'Refused', `${verb} was refused`);
  const outcome = verb === 'observe' || verb === 'find' ? 'unavailable' : 'ambiguous';
  return new DriverFailure(outcome, 'NoReply', `${verb} of ${name} was not answered`, {
    remedy: 'It is looked at again by itself.',
  });
}

/** The backend said no: nothing happened. */
export function refused(name: string, code: string, message: string): DriverFailure {
  return new DriverFailure('rejected', code, `${name}: ${message}`, {
    remedy: 'It is tried again by itself.',
  });
}

/** The backend can't be reached. */
export function away(name: string): DriverFailure {
  return new DriverFailure('unavailable', 'Away', `the backend of ${name} does not answer`, {
    remedy: 'Bring the backend back.',
  });
}
