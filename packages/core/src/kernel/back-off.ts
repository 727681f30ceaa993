/** Shortest and longest pause after a failed pass; milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5 * 60_000;

/** How often a resource at rest is looked at: this long after it came to rest, then ever less often. */
const FIRST_RESYNC = 60_000;
const LONGEST_RESYNC = 30 * 60_000;

/** After so many failed passes in a row a resource is stalled; it is still probed, seldom. */
export const POISON_ATTEMPTS = 20;

/** After failing for so long at one generation it is stalled as well, however few the attempts; milliseconds. */
export const POISON_DURATION = 30 * 60_000;

/** How often a stalled resource is probed; milliseconds. */
export const PROBE_INTERVAL = 15 * 60_000;

/** After so many calls in a row that a backend could not answer, it is left alone. */
export const BREAKER_THRESHOLD = 5;

/** How often one pass tries whether a backend is back; milliseconds, ±20 %. */
export const BREAKER_PROBE_INTERVAL = 30_000;

/** Over how long after a probe the passes that waited for it are spread; milliseconds. */
export const BREAKER_SPREAD = 4_000;

/** So many repairs of one part within {@link CONTENTION_WINDOW} are a fight, which is reported and not fought. */
export const CONTENTIOUS_REPAIRS = 3;

/** Milliseconds. Shorter than {@link PROBE_INTERVAL}, so that a probe tries again whether the fight is over. */
export const CONTENTION_WINDOW = 10 * 60_000;

/**
 * The pause after the `attempts`-th failure in a row: full jitter over a doubling range, so that many that failed
 * together do not come back together. `fraction` is in [0, 1).
 */
export function pauseAfterFailure(attempts: number, fraction: number): number {
  const range = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 30));
  return Math.round(FIRST_PAUSE / 2 + fraction * range);
}

/** When to look at a resource at rest again, given how long it has been at rest: doubles, ±20 %. */
export function pauseAtRest(restedMs: number, fraction: number): number {
  return jittered(Math.min(LONGEST_RESYNC, Math.max(FIRST_RESYNC, restedMs)), fraction);
}

/** `ms` ±20 %. */
export function jittered(ms: number, fraction: number): number {
  return Math.round(ms * (0.8 + 0.4 * fraction));
}
