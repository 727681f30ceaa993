import { DriverFailure } from '@gdcloud/core';

/** A newer holder has changed the record since. */
export function superseded(): DriverFailure {
  return rejected(
    'Superseded',
    'a newer holder of the network has changed its record',
    'None is needed: the newer holder goes on.',
  );
}

/** Another call was quicker. */
export function overtaken(): DriverFailure {
  return rejected(
    'Overtaken',
    'another call has changed the record at the same time',
    'None is needed: it is looked at again.',
  );
}

/** A later document than that is recorded. */
export function outdated(offered: number, recorded: number): DriverFailure {
  return rejected(
    'DocumentOutdated',
    `revision ${offered} is older than the recorded ${recorded}`,
    'None is needed: another process has carried a later change already.',
  );
}

/** What is to be changed has no record. */
export function notThere(): DriverFailure {
  return rejected(
    'NotThere',
    'there is no record to change',
    'None is needed: it is looked at again.',
  );
}

function rejected(code: string, message: string, remedy: string): DriverFailure {
  return new DriverFailure('rejected', code, message, { remedy });
}
