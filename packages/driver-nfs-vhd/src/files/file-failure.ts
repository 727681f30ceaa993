import { DriverFailure, ensureError, type FailureOutcome } from '@gdcloud/core';
import { VhdError } from '../vhd/vhd-error.js';
import { errnoName } from './errno.js';

/** Whether a failed call may have changed something: a reader's failure never is ambiguous. */
export type Intent = 'read' | 'change';

interface Verdict {
  readonly outcome: FailureOutcome;
  readonly code: string;
  readonly remedy: (folder: string) => string;
}

const FULL: Verdict = {
  outcome: 'unavailable',
  code: 'ShareFull',
  remedy: (folder) => `Free space on ${folder}; work resumes by itself.`,
};
const DENIED: Verdict = {
  outcome: 'unavailable',
  code: 'ShareDenied',
  remedy: (folder) =>
    `Let this process read and write ${folder} (on NFS: no_root_squash, or the right owner).`,
};
const GONE: Verdict = {
  outcome: 'unavailable',
  code: 'ShareMissing',
  remedy: (folder) => `Mount the share at ${folder}; work resumes by itself.`,
};
const UNSURE: Verdict = {
  outcome: 'ambiguous',
  code: 'ShareFailing',
  remedy: (folder) => `Check the server and the network of ${folder}; work resumes by itself.`,
};

/**
 * What each error of the operating system says about the world. `EIO`, `ESTALE` and `ETIMEDOUT` are what a soft NFS
 * mount gives when the reply is lost, so a change may have happened. `EEXIST` can be our own success, sent twice.
 */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: {
    outcome: 'unavailable',
    code: 'ShareReadOnly',
    remedy: (folder) => `Mount ${folder} writable; work resumes by itself.`,
  },
  EACCES: DENIED,
  EPERM: DENIED,
  ENOENT: GONE,
  ENOTDIR: GONE,
  ENODEV: GONE,
  ENOTCONN: GONE,
  EHOSTDOWN: GONE,
  EHOSTUNREACH: GONE,
  ELOOP: {
    outcome: 'rejected',
    code: 'SymbolicLink',
    remedy: (folder) =>
      `Look why there is a symbolic link at a disk's name in ${folder}, and remove it.`,
  },
  EMFILE: {
    outcome: 'unavailable',
    code: 'TooManyOpenFiles',
    remedy: () => 'Raise the limit of open files of this process (ulimit -n).',
  },
};

/** Turns whatever a step on the share threw into the one error a driver may throw. */
export function fileFailure(thrown: unknown, intent: Intent, folder: string): DriverFailure {
  if (thrown instanceof DriverFailure) return thrown;
  if (thrown instanceof VhdError) return invalidRequest(thrown);
  const name = errnoName(thrown);
  const verdict = (name === undefined ? undefined : VERDICTS[name]) ?? UNSURE;
  const outcome =
    verdict.outcome === 'ambiguous' && intent === 'read' ? 'unavailable' : verdict.outcome;
  return new DriverFailure(outcome, verdict.code, `${folder}: ${ensureError(thrown).message}`, {
    remedy: verdict.remedy(folder),
    cause: thrown,
  });
}

// A file that is wrong is reported where it is read; what arrives here came from what was asked for.
function invalidRequest(thrown: VhdError): DriverFailure {
  const remedy =
    thrown.code === 'InvalidSize'
      ? 'Ask for a size that is a multiple of 2 MiB and at most 2040 GiB.'
      : 'Report it: a disk was asked for that no disk can be.';
  return new DriverFailure('invalid', thrown.code, thrown.message, { remedy, cause: thrown });
}
