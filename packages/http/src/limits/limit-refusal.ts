import { type ErrorCode, RequestError } from '@gdcloud/core';

/** What was too much; a label of metrics. */
export type RefusalReason =
  | 'rate'
  | 'sign-ins'
  | 'key at work'
  | 'process at work'
  | 'transfers'
  | 'streams'
  | 'late'
  | 'slow body';

/** A request that is well formed and comes at the wrong time. */
export class LimitRefusal extends RequestError {
  readonly reason: RefusalReason;
  /** When it makes sense to ask again; milliseconds from now, undefined where nobody knows. */
  readonly afterMs: number | undefined;

  constructor(
    code: ErrorCode,
    reason: RefusalReason,
    message: string,
    options: { readonly afterMs?: number } = {},
  ) {
    super(code, message);
    this.reason = reason;
    this.afterMs = options.afterMs;
  }

  /** `Retry-After`, in whole seconds, never 0: an answer that says to ask at once damps nothing (RFC 9110, 10.2.3). */
  get headers(): Readonly<Record<string, string>> {
    return this.afterMs === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(this.afterMs / 1_000))) };
  }
}
