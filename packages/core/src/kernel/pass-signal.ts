import type { Clock } from '../ports/clock.js';

/** A signal of one pass's own, or of one run's. */
export interface PassSignal {
  readonly signal: AbortSignal;
  /** Lets go of the sources. Must be called when what it is for has ended. */
  readonly release: () => void;
}

/**
 * A signal that aborts with the first of `sources`, or after `limitMs`. Not AbortSignal.any: on Node 20 each of those
 * leaves something behind at a source that lives as long as the process.
 */
export function passSignal(
  sources: readonly AbortSignal[],
  limitMs: number,
  clock: Clock,
  what = 'a pass',
): PassSignal {
  const controller = new AbortController();
  const follow = (event: Event): void => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  for (const source of sources) {
    if (source.aborted) controller.abort(source.reason);
    source.addEventListener('abort', follow);
  }
  const end = (): void =>
    controller.abort(new Error(`${what} took longer than ${limitMs / 1000} s`));
  const cancel = clock.schedule(limitMs, end);
  return {
    signal: controller.signal,
    release: () => {
      cancel();
      for (const source of sources) source.removeEventListener('abort', follow);
    },
  };
}
