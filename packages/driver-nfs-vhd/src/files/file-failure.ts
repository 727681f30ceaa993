import { DriverFailure, ensureError, type FailureOutcome } from '@gdcloud/core';
import { VhdError } from '../vhd/vhd-error.js';
import { CallHangs } from './call-hangs.js';
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

const rejected = (code: string, remedy: Verdict['remedy']): Verdict => ({
  outcome: 'rejected',
  code,
  remedy,
});
const STALE: Verdict = {
  outcome: 'ambiguous',
  code: 'ShareStale',
  remedy: (folder) =>
    `None if it happens once: another client has removed a file. If it repeats, the export was replaced: unmount ${folder} and mount it again.`,
};
const TOO_MANY_FILES: Verdict = {
  outcome: 'unavailable',
  code: 'TooManyOpenFiles',
  remedy: () => 'Raise the limit of open files of this process (ulimit -n).',
};

/**
 * What each error of the operating system says about the world. `EIO` and `ETIMEDOUT` are what a soft NFS
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
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  ESTALE: STALE,
  EXDEV: rejected(
    'ShareDivided',
    (folder) =>
      `Let ${folder} and all folders in it be one file system: something is mounted below.`,
  ),
  ENOTSUP: rejected(
    'HardLinksMissing',
    (folder) => `Export ${folder} from a file system that knows hard links.`,
  ),
  EOPNOTSUPP: rejected(
    'HardLinksMissing',
    (folder) => `Export ${folder} from a file system that knows hard links.`,
  ),
  EISDIR: rejected('NotADisk', (folder) => `Look for a folder at a file's name in ${folder}.`),
  ENXIO: rejected(
    'NotADisk',
    (folder) => `Look for a pipe or socket at a file's name in ${folder}.`,
  ),
};

/** Turns whatever a step on the share threw into the one error a driver may throw. */
export function fileFailure(thrown: unknown, intent: Intent, folder: string): DriverFailure {
  if (thrown instanceof DriverFailure) return thrown;
  if (thrown instanceof VhdError) return invalidRequest(thrown);
  if (thrown instanceof CallHangs) return hanging(thrown, intent, folder);
  const name = errnoName(thrown);
  const verdict = (name === undefined ? undefined : VERDICTS[name]) ?? UNSURE;
  const outcome =
    verdict.outcome === 'ambiguous' && intent === 'read' ? 'unavailable' : verdict.outcome;
  return new DriverFailure(outcome, verdict.code, `${folder}: ${ensureError(thrown).message}`, {
    remedy: verdict.remedy(folder),
    cause: thrown,
  });
}

function hanging(thrown: CallHangs, intent: Intent, folder: string): DriverFailure {
  const mayHappen = thrown.state === 'begun' && intent === 'change';
  return new DriverFailure(
    mayHappen ? 'ambiguous' : 'unavailable',
    'ShareHanging',
    `${folder}: ${thrown.message}`,
    {
      remedy: `Check the server and the network of ${folder}; a mount that is \`soft\` gives up by itself.`,
      cause: thrown,
    },
  );
}

// A file that is wrong is reported where it is read; what arrives here came from what was asked for.
function invalidRequest(thrown: VhdError): DriverFailure {
  const remedy =
    thrown.code === 'InvalidSize'
      ? 'Ask for a size that is a multiple of 2 MiB and at most 2040 GiB.'
      : 'Report it: a disk was asked for that no disk can be.';
  return new DriverFailure('invalid', thrown.code, thrown.message, { remedy, cause: thrown });
}
