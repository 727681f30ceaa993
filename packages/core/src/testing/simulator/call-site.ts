/** A place in our code: file, line and column of what runs, as V8 numbers them. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How many frames are looked at: more than any chain of calls from the main loop to a port. */
const DEPTH = 60;

/**
 * The chain of calls and awaits that led here, the innermost first: what V8 knows of it, which ends at promises that
 * were made by hand. Slow; only for runs that measure coverage.
 */
export function callers(): readonly Frame[] {
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  Error.prepareStackTrace = (_error, sites): readonly Frame[] =>
    sites.map((site) => ({
      file: site.getFileName() ?? '',
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
    }));
  try {
    const held: { stack?: unknown } = {};
    Error.captureStackTrace(held, callers);
    return Array.isArray(held.stack) ? held.stack.filter(isFrame) : [];
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepare);
    Error.stackTraceLimit = limit;
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'file' in value;
}
