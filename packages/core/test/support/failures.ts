import { DriverFailure } from '@gdcloud/core';

/** What a driver says of a backend that can not be reached. */
export function down(message = 'connection refused'): DriverFailure {
  return new DriverFailure('unavailable', 'Unreachable', message, {
    remedy: 'It is tried again by itself.',
  });
}

/** What a driver says when the backend refused and nothing happened. */
export function rejected(message = 'no space'): DriverFailure {
  return new DriverFailure('rejected', 'Full', message, { remedy: 'Free some.' });
}

/** What a driver says of a wish that can never work. */
export function invalid(message = 'too large'): DriverFailure {
  return new DriverFailure('invalid', 'TooLarge', message, { remedy: 'Ask for less.' });
}

/** What a driver says when it may have happened or not. */
export function ambiguous(message = 'the reply was lost'): DriverFailure {
  return new DriverFailure('ambiguous', 'LostReply', message, { remedy: 'It is looked at again.' });
}
