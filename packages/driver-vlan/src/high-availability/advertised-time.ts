import type { GateTime } from './gate-time.js';

/** How long one that stands by waits for an advertisement before it takes over, in intervals of them (RFC 5798). */
const DOWN = 3;

/**
 * In intervals between advertisements. Each that leaves the machine keeps its gate open for `kept`; none lets an agent open
 * it for longer than `recent`, and then it is open for `opened` until the next. As the other waits for {@link DOWN},
 *
 *     kept < DOWN   and   recent + opened < DOWN
 */
export const ADVERTISED = { kept: 2.5, recent: 1.25, opened: 1.5 } as const;

/** As long as the other can't have taken over while both had advertised themselves. */
const SETTLED = 2 * DOWN;

/** The time of a gate that the machine's own advertisements keep open, without anybody's doing. */
export function advertisedTime(advertiseMs: number): GateTime {
  const opened = Math.floor(ADVERTISED.opened * advertiseMs);
  const armed = Math.floor(ADVERTISED.recent * advertiseMs);
  return {
    arm: () => armed,
    open: () => opened,
    refresh: () => undefined,
    last: armed,
    everyMs: advertiseMs / 2,
    longestMs: DOWN * advertiseMs,
    reopenMs: SETTLED * advertiseMs,
  };
}
