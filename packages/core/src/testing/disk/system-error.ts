// Linux: the number, and what the C library says of it. Node has no name for ESTALE.
const ERRORS = {
  ENOENT: { errno: -2, code: 'ENOENT', message: 'no such file or directory' },
  EBADF: { errno: -9, code: 'EBADF', message: 'bad file descriptor' },
  EPERM: { errno: -1, code: 'EPERM', message: 'operation not permitted' },
  ENXIO: { errno: -6, code: 'ENXIO', message: 'no such device or address' },
  EEXIST: { errno: -17, code: 'EEXIST', message: 'file already exists' },
  ENOTDIR: { errno: -20, code: 'ENOTDIR', message: 'not a directory' },
  EISDIR: { errno: -21, code: 'EISDIR', message: 'illegal operation on a directory' },
  EINVAL: { errno: -22, code: 'EINVAL', message: 'invalid argument' },
  ENOSPC: { errno: -28, code: 'ENOSPC', message: 'no space left on device' },
  EROFS: { errno: -30, code: 'EROFS', message: 'read-only file system' },
  ENOTEMPTY: { errno: -39, code: 'ENOTEMPTY', message: 'directory not empty' },
  ELOOP: { errno: -40, code: 'ELOOP', message: 'too many symbolic links encountered' },
  ESTALE: { errno: -116, code: 'Unknown system error -116', message: 'stale file handle' },
} as const;

/** The errors a {@link MemoryDisk} gives, by their Linux names. */
export type SystemErrorName = keyof typeof ERRORS;

/** An error as Node throws it for a call of the operating system. */
export class SystemError extends Error {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
  readonly path: string;

  constructor(name: SystemErrorName, syscall: string, path: string) {
    const { errno, code, message } = ERRORS[name];
    // As Node's own, which come from outside any function: to collect the frames is most of what such an error costs.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${code}: ${message}, ${syscall} '${path}'`);
    Error.stackTraceLimit = stackTraceLimit;
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
    this.path = path;
  }
}
