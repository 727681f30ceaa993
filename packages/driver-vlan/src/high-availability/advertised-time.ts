import type { GateTime } from './gate-time.js';

/** How long one that stands by waits for an advertisement before it takes over, in intervals of them (RFC 5798). */
const DOWN = 3;

/**
 * How long an advertisement counts, in intervals between two of them: by one that leaves, its machine is heard so long; by
 * one that comes in, nobody else begins to be. It is less than {@link DOWN}: who was heard last is heard no more
 * before another is.
 */
export const ADVERTISED = 2.5;

/** An agent that is paused or gone does not end it: advertisements do that. */
const UNLIMITED_MS = 24 * 3_600_000;

/** The time of a gate that is open while the machine advertises itself, without anybody's doing. */
export function advertisedTime(advertiseMs: number): GateTime {
  return {
    arm: () => DOWN * advertiseMs,
    open: () => UNLIMITED_MS,
    refresh: () => undefined,
    last: DOWN * advertiseMs,
    everyMs: advertiseMs / 2,
    longestMs: DOWN * advertiseMs,
    reopenMs: undefined,
  };
}
