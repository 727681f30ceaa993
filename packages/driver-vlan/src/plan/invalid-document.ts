import { DriverFailure } from '@gdcloud/core';

/** A document that can never be carried out as it is. The message never repeats what was sent. */
export function invalidDocument(code: string, message: string): DriverFailure {
  return new DriverFailure('invalid', code, message, {
    remedy: 'Change the network so that it is as described.',
  });
}

/** The same for one field, which the message begins with. */
export function invalidField(code: string, field: string, rule: string): DriverFailure {
  return invalidDocument(code, `${field}: ${rule}`);
}

/** Runs a parser of one element; what it throws says which element it was. */
export function within<Result>(element: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof DriverFailure)) throw thrown;
    throw invalidDocument(thrown.code, `${element}: ${thrown.message}`);
  }
}
