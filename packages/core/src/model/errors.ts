import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';

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

/** A write that would name a resource that is being removed or is gone. Nothing of it was written. */
export class ReferenceLost extends Error {
  override readonly name = 'ReferenceLost';
  /** The field that names it; undefined where it is the account. */
  readonly field: string | undefined;
  /** What it names: a uuid. */
  readonly target: string;

  constructor({ field, target }: Pick<ReferenceLost, 'field' | 'target'>) {
    super(`${field ?? 'its account'}: resource ${target} is being removed, or it is gone`);
    this.field = field;
    this.target = target;
  }
}

/** A deletion that was to be asked for only while nobody needs the resource. Nothing of it was written. */
export class StillNeeded extends Error {
  override readonly name = 'StillNeeded';
  /** What needs it: how many resources of a type name it in a field. */
  readonly referrers: readonly {
    readonly type: string;
    readonly field: string;
    readonly count: number;
  }[];
  /** How many resources it owns, where that was asked. */
  readonly owned: number;

  constructor({ referrers, owned }: Pick<StillNeeded, 'referrers' | 'owned'>) {
    super('others need the resource');
    this.referrers = referrers;
    this.owned = owned;
  }
}

/** A write for a request whose idempotency key is on record already. Nothing of it was written. */
export class AskedBefore extends Error {
  override readonly name = 'AskedBefore';
  /** Tells whether it was the same request. */
  readonly digest: string;
  /** What it was about, or what came of it: a uuid. */
  readonly resource: string;

  constructor({ digest, resource }: Pick<AskedBefore, 'digest' | 'resource'>) {
    super('a request with this idempotency key has been carried out');
    this.digest = digest;
    this.resource = resource;
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
