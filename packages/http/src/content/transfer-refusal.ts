import { type ErrorCode, RequestError } from '@gdcloud/core';

/** A transfer that is refused with more to say than an error body can. */
export class TransferRefusal extends RequestError {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>>,
    options: { readonly detail?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.headers = headers;
  }
}
