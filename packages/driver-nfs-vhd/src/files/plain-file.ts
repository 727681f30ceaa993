import { errnoName } from './errno.js';
import type { FileKind } from './file-system.js';

const REFUSALS = {
  folder: { code: 'EISDIR', errno: -21 },
  symbolicLink: { code: 'ELOOP', errno: -40 },
  other: { code: 'ENXIO', errno: -6 },
} as const;

/** As Linux refuses to open what it does not let anybody open: we open plain files alone. */
class NotAPlainFile extends Error {
  readonly code: string;
  readonly errno: number;
  readonly path: string;

  constructor(kind: keyof typeof REFUSALS, path: string) {
    const { code, errno } = REFUSALS[kind];
    super(`${code}: no plain file, open '${path}'`);
    this.code = code;
    this.errno = errno;
    this.path = path;
  }
}

/** Throws what {@link FileSystem.open} promises for what is no plain file. */
export function demandPlainFile(kind: FileKind, path: string): void {
  if (kind !== 'file') throw new NotAPlainFile(kind, path);
}

/** What lies where a file was to be opened, by the refusal; absent for every other error. */
export function insteadOfFile(thrown: unknown): keyof typeof REFUSALS | undefined {
  switch (errnoName(thrown)) {
    case 'EISDIR':
      return 'folder';
    case 'ELOOP':
      return 'symbolicLink';
    case 'ENXIO':
      return 'other';
    default:
      return undefined;
  }
}
