import { asFence, asOperationKey } from '../model/identity.js';
import type { Clock } from '../ports/clock.js';
import type { DriverCall } from '../ports/driver.js';

/** How long a call may take, and what ends it sooner. */
export interface UnownedCallOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly limitMs: number;
  /** Ends it when it aborts; a call that many share has none. */
  readonly stop?: AbortSignal | undefined;
  /** What it fails with when it takes longer. */
  readonly overdue: () => Error;
}

/**
 * Asks a driver something that belongs to no resource and changes nothing, so that it carries nobody's fence and no
 * operation. Fails as the driver does, or when the time is up: a driver that forgets its signal keeps nobody for ever.
 */
export function unownedCall<Answer>(
  { clock, limitMs, stop, overdue }: UnownedCallOptions,
  ask: (call: DriverCall) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = (): void => controller.abort(stop?.reason);
  stop?.addEventListener('abort', end, { once: true });
  const cancel = clock.schedule(limitMs, () => controller.abort(overdue()));
  return new Promise<Answer>((resolve, reject) => {
    stop?.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    ask({
      signal,
      deadline: clock.now() + limitMs,
      fence: asFence(''),
      operation: asOperationKey(''),
    }).then(resolve, reject);
  }).finally(() => {
    cancel();
    stop?.removeEventListener('abort', end);
  });
}
