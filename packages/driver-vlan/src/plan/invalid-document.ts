import { DriverFailure } from '@gdcloud/core';

/** A document that can never be carried out as it is. The message never repeats what was sent. */
export function invalidDocument(code: string, message: string): DriverFailure {
  return new DriverFailure('invalid', code, message, {
    remedy: 'Change the network so that it is as described.',
  });
}
