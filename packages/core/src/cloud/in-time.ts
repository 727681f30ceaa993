import type { Clock } from '../ports/clock.js';

/** A question to a driver that may not take for ever. */
export interface Limit {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly limitMs: number;
  /** Ends the waiting as well. */
  readonly stop: AbortSignal;
  /** What it fails with when time is up. */
  readonly overdue: Error;
}

/** Asks, and waits no longer than the limit allows: a driver that forgets its signal must not keep anybody for ever. */
export function inTime<Answer>(
  { clock, limitMs, stop, overdue }: Limit,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = (): void => controller.abort(stop.reason);
  stop.addEventListener('abort', end, { once: true });
  const cancel = clock.schedule(limitMs, () => controller.abort(overdue));
  return new Promise<Answer>((resolve, reject) => {
    stop.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    ask(signal).then(resolve, reject);
  }).finally(() => {
    cancel();
    stop.removeEventListener('abort', end);
  });
}
