import { DriverFailure, ensureError } from '@gdcloud/core';

/** Whether a failed call may have changed something. */
export type Intent = 'read' | 'change';

const CODES: Readonly<
  Record<string, { readonly code: string; readonly remedy: (folder: string) => string }>
> = {
  ENOSPC: {
    code: 'RecordFull',
    remedy: (folder) => `Free space on ${folder}; work resumes by itself.`,
  },
  EDQUOT: {
    code: 'RecordFull',
    remedy: (folder) => `Free space on ${folder}; work resumes by itself.`,
  },
  EROFS: {
    code: 'RecordReadOnly',
    remedy: (folder) => `Mount ${folder} writable; work resumes by itself.`,
  },
  EACCES: {
    code: 'RecordDenied',
    remedy: (folder) => `Let this process read and write ${folder}.`,
  },
  EPERM: { code: 'RecordDenied', remedy: (folder) => `Let this process read and write ${folder}.` },
  ENOTDIR: { code: 'RecordDenied', remedy: (folder) => `Make ${folder} a folder.` },
  ELOOP: {
    code: 'SymbolicLink',
    remedy: (folder) => `Remove the symbolic link at a record's name in ${folder}.`,
  },
};

/**
 * Turns whatever a step in the record's folder threw into the one error a driver may throw. An error that is not in the
 * table may come after the change was made, so it is ambiguous.
 */
export function recordFailure(thrown: unknown, intent: Intent, folder: string): DriverFailure {
  if (thrown instanceof DriverFailure) return thrown;
  const error = ensureError(thrown);
  const name = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = CODES[name];
  const outcome = known === undefined && intent === 'change' ? 'ambiguous' : 'unavailable';
  return new DriverFailure(outcome, known?.code ?? 'RecordFailing', `${folder}: ${error.message}`, {
    remedy: known?.remedy(folder) ?? `Check the disk of ${folder}; work resumes by itself.`,
    cause: thrown,
  });
}

/**
 * Runs the work of one driver call, which ends with `signal` as all its steps do. Fails only with a DriverFailure. An
 * aborted call may be anywhere in its work: one that changes is ambiguous.
 */
export async function guarded<Result>(
  signal: AbortSignal,
  intent: Intent,
  folder: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (thrown) {
    if (!signal.aborted || thrown instanceof DriverFailure) {
      throw recordFailure(thrown, intent, folder);
    }
    throw new DriverFailure(
      intent === 'change' ? 'ambiguous' : 'unavailable',
      'Aborted',
      `${folder}: the call was aborted before it was done`,
      { remedy: 'None is needed: it is tried again.', cause: thrown },
    );
  }
}
