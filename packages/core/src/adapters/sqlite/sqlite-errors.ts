import { PortUnavailable } from '../../model/errors.js';

interface Meaning {
  readonly message: string;
  readonly remedy: string;
}

// Primary result codes (https://www.sqlite.org/rescode.html): what stands in the low byte of every extended code.
const UNAVAILABLE: Readonly<Record<number, Meaning>> = {
  5: {
    message: 'the database is in use by another process',
    remedy: 'Stop the other process, or give this one another home.',
  },
  6: {
    message: 'the database is locked',
    remedy: 'Stop the other process, or give this one another home.',
  },
  8: {
    message: 'the database is read-only',
    remedy: 'Make its folder writable again; work resumes by itself.',
  },
  10: {
    message: 'reading or writing the database file failed',
    remedy: 'Check the disk under it; work resumes by itself.',
  },
  11: { message: 'the database file is damaged', remedy: 'Restore it from a backup.' },
  13: {
    message: 'the disk under the database is full',
    remedy: 'Free some space; work resumes by itself.',
  },
  14: {
    message: 'the database file can’t be opened',
    remedy: 'Make its folder exist and be writable; work resumes by itself.',
  },
  26: {
    message: 'the file is not a database',
    remedy: 'Point the setting at another file, or restore it from a backup.',
  },
};

/** Classifies what SQLite threw: PortUnavailable where the database can't answer, else the error as it is. */
export function asStoreError(error: Error): Error {
  const code = resultCode(error);
  const meaning = code === undefined ? undefined : UNAVAILABLE[code & 0xff];
  return meaning === undefined
    ? error
    : new PortUnavailable('store', meaning.message, { remedy: meaning.remedy, cause: error });
}

function resultCode(error: Error): number | undefined {
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === 'number' ? errcode : undefined;
}
