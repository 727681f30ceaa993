/**
 * Every error a user can meet, by its stable code: the HTTP status it is answered with and what to do about it.
 * Codes of requests are those of the API family (reference/gdapi.md 1.5).
 */
export const ERROR_CATALOGUE = {
  InvalidBodyContent: { status: 400, remedy: 'Send a JSON object or a form.' },
  InvalidQuery: { status: 400, remedy: 'See collectionFilters of the type in /v1/schemas.' },
  Unauthorized: { status: 401, remedy: 'Send the access key and the secret key by HTTP Basic.' },
  PermissionDenied: { status: 403, remedy: 'Ask an administrator of this cloud.' },
  InvalidCSRFToken: { status: 403, remedy: 'Send the request from a page of this server.' },
  NotFound: { status: 404, remedy: 'Check the id, or list the collection.' },
  MethodNotAllowed: {
    status: 405,
    remedy: 'See resourceMethods and collectionMethods in /v1/schemas.',
  },
  NotAcceptable: { status: 406, remedy: 'Accept application/json or text/html.' },
  Conflict: { status: 409, remedy: 'Read the resource again and repeat what is still wanted.' },
  InUse: { status: 409, remedy: 'Remove what still refers to it first.' },
  PreconditionFailed: { status: 412, remedy: 'Read the resource again: it has changed since.' },
  LengthRequired: { status: 411, remedy: 'Send Content-Length, or Upload-Length.' },
  BodyTooLarge: { status: 413, remedy: 'Send a smaller body.' },
  UriTooLong: { status: 414, remedy: 'Send a shorter URL.' },
  RangeNotSatisfiable: {
    status: 416,
    remedy: 'Ask for bytes that there are: Content-Range says how many.',
  },
  TooManyTransfers: {
    status: 429,
    remedy: 'Wait until one of your up- and downloads has ended, and ask again.',
  },
  UnsupportedMediaType: { status: 415, remedy: 'Send JSON, urlencoded or multipart.' },
  MissingRequired: { status: 422, remedy: 'Send a value for the field.' },
  InvalidFormat: { status: 422, remedy: 'See the type of the field in /v1/schemas.' },
  InvalidReference: {
    status: 422,
    remedy: 'Send the id of an existing resource of the right type.',
  },
  NotNullable: { status: 422, remedy: 'Send a value, or leave the field out.' },
  NotUnique: { status: 422, remedy: 'Choose another value.' },
  InvalidOption: { status: 422, remedy: 'Send one of the options of the field in /v1/schemas.' },
  InvalidCharacters: { status: 422, remedy: 'See validChars of the field in /v1/schemas.' },
  MinLimitExceeded: { status: 422, remedy: 'See min of the field in /v1/schemas.' },
  MaxLimitExceeded: { status: 422, remedy: 'See max of the field in /v1/schemas.' },
  MinLengthExceeded: { status: 422, remedy: 'See minLength of the field in /v1/schemas.' },
  MaxLengthExceeded: { status: 422, remedy: 'See maxLength of the field in /v1/schemas.' },
  InvalidAction: { status: 422, remedy: 'See resourceActions of the type in /v1/schemas.' },
  ActionNotAvailable: {
    status: 422,
    remedy: 'See actions of the resource: only those are possible now.',
  },
  LimitExceeded: { status: 422, remedy: 'Remove something, or ask for a higher limit.' },
  AdmissionRefused: { status: 422, remedy: 'See the message of the plug-in that refused.' },
  InternalError: { status: 500, remedy: 'Report the error id to the operator of this cloud.' },
  ContentNotHere: {
    status: 501,
    remedy: 'Run the storage driver in the processes that take requests (the role api).',
  },
  BackendUnavailable: {
    status: 503,
    remedy: 'Ask again in a moment; an administrator finds what is wrong in the log.',
  },
  StoreUnavailable: {
    status: 503,
    remedy:
      'Make the database writable and reachable again; nothing acknowledged is lost, and work resumes by itself.',
  },
} as const satisfies Record<string, { readonly status: number; readonly remedy: string }>;

/** A stable code of {@link ERROR_CATALOGUE}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** What may be said of an error beyond its code. */
export interface ErrorOptions {
  /** The field of the request that is wrong. */
  readonly fieldName?: string | undefined;
  /** More for the reader: all wrong fields, what blocks a delete. Never a secret. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** A request that can't be carried out, said in terms of the request. It changed nothing. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ErrorCode;
  readonly fieldName: string | undefined;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fieldName = options.fieldName;
    this.detail = options.detail;
  }

  /** The HTTP status this error is answered with. */
  get status(): number {
    return ERROR_CATALOGUE[this.code].status;
  }

  /** What the caller can do about it. */
  get remedy(): string {
    return ERROR_CATALOGUE[this.code].remedy;
  }
}

/**
 * What a failed call to a backend says about the world (reference/kernel.md 1.3):
 * - `rejected`: the backend refused; definitely nothing happened. Trying again later may help.
 * - `ambiguous`: it may or may not have happened (lost reply, time-out). Observe before anything else.
 * - `unavailable`: the backend can't be reached or can't work now; nothing is known. Does not count as an attempt.
 * - `invalid`: the desired state can never work as it is; only another desired state helps.
 */
export type FailureOutcome = 'rejected' | 'ambiguous' | 'unavailable' | 'invalid';

/** A driver's only way to fail: every error of a backend is classified into one of four outcomes. */
export class DriverFailure extends Error {
  override readonly name = 'DriverFailure';
  readonly outcome: FailureOutcome;
  /** Stable and short, for conditions and metrics: the backend's own code where it has one. */
  readonly code: string;
  /** What an operator or the user can do about it. */
  readonly remedy: string;

  constructor(
    outcome: FailureOutcome,
    code: string,
    message: string,
    options: { readonly remedy: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = outcome;
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** A port (store, lock service, event bus) that can't answer now. What was asked may have happened or not. */
export class PortUnavailable extends Error {
  override readonly name = 'PortUnavailable';
  readonly port: 'store' | 'locks' | 'events';
  readonly remedy: string;

  constructor(
    port: 'store' | 'locks' | 'events',
    message: string,
    options: { readonly remedy: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.port = port;
    this.remedy = options.remedy;
  }
}

/** A write that would charge an account for more than it may have. Nothing of it was written. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
  readonly className: string;
  /** What the account is charged in the class without this write. */
  readonly used: number;
  readonly limit: number;
  /** What the write would add. */
  readonly more: number;

  constructor(excess: Pick<QuotaExceeded, 'className' | 'used' | 'limit' | 'more'>) {
    const { className, used, limit, more } = excess;
    super(`${className}: ${used} of ${limit} are used, and ${more} more would be`);
    this.className = className;
    this.used = used;
    this.limit = limit;
    this.more = more;
  }
}

/** A write on behalf of a holder that another one has replaced. Nothing of it was written. */
export class FenceLost extends Error {
  override readonly name = 'FenceLost';

  constructor(uuid: string) {
    super(`another holder has taken over resource ${uuid}, or it is gone`);
  }
}

/** Turns whatever was thrown into an Error without losing it. */
export function ensureError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** What a driver or plug-in threw that is no failure of its own: a bug, and nobody knows what it has done. */
export function driverBug(thrown: unknown): DriverFailure {
  const error = ensureError(thrown);
  return new DriverFailure('ambiguous', 'DriverBug', `${error.name}: ${error.message}`, {
    remedy: 'Report it to the author of the driver or plug-in.',
    cause: thrown,
  });
}
