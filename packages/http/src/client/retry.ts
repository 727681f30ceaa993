import { ApiError, ConnectionError } from './errors.js';
import { secondsOf } from './seconds-of.js';

const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/** What a failure says of trying again. */
export interface Failure {
  readonly error: unknown;
  /** The header of that name, where there is one. */
  readonly retryAfter: string | null;
}

/**
 * How long to wait before a failed request is sent once more, in milliseconds; undefined where that would not help. What was
 * asked twice is asked once: writes carry an Idempotency-Key. `attempt` counts from 1; `random` is at least 0 and less than 1,
 * so that many clients do not come back at the same moment.
 */
export function pauseAfter(
  { error, retryAfter }: Failure,
  {
    attempt,
    attempts,
    random,
    now,
  }: {
    readonly attempt: number;
    readonly attempts: number;
    readonly random: number;
    readonly now: number;
  },
): number | undefined {
  if (attempt >= attempts || !mayPass(error)) return undefined;
  const most = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return (askedFor(retryAfter, now) ?? most / 2) + random * (most / 2);
}

// What is in use stays in use until somebody does something about it. But a key is until its first request is answered, which
// is what happens when that took longer than we waited for it.
const PASSING: ReadonlySet<string> = new Set(['Conflict', 'IdempotencyKeyInUse']);

// Too much asked; or what stands in front of the API did not reach it, which says as little as no answer does.
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  if (!(error instanceof ApiError)) return false;
  return PASSING.has(error.code) || PASSING_STATUSES.has(error.status);
}

function askedFor(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = secondsOf(retryAfter);
  if (seconds !== null) return seconds * 1_000;
  const moment = Date.parse(retryAfter);
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - now);
}
