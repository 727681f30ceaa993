/** What the API refused, or could not do, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** Stable, for programs: `NotFound`, `LimitExceeded`. */
  readonly code: string;
  /** More for the reader: what to do about it. */
  readonly detail: string | null;
  /** The field of the request that is wrong. */
  readonly fieldName: string | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** After so many seconds it makes sense to ask again, where the API says so. */
  readonly retryAfterSeconds: number | null;

  constructor(
    status: number,
    body: unknown,
    requestId: string | null,
    retryAfterSeconds: number | null = null,
  ) {
    const told = (name: string): string | null => {
      const value: unknown = Reflect.get(Object(body), name);
      return typeof value === 'string' ? value : null;
    };
    super(told('message') ?? `the API answered ${status}`);
    this.status = status;
    this.code = told('code') ?? 'Unknown';
    this.detail = told('detail');
    this.fieldName = told('fieldName');
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The API could not be reached, or did not answer in time. What was asked for may have happened or not. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** What was waited for did not come about. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
  /** `failed`: it needs a person, as its `transitioningMessage` says; `timeout`: it took too long. */
  readonly reason: 'failed' | 'timeout';
  /** The resource as it was last seen; `explain` says more. */
  readonly resource: { readonly id: string; readonly state: string };

  constructor(
    reason: 'failed' | 'timeout',
    message: string,
    resource: { readonly id: string; readonly state: string },
  ) {
    super(message);
    this.reason = reason;
    this.resource = resource;
  }
}
