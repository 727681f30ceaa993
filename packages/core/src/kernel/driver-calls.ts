import { DriverFailure, driverBug, ensureError } from '../model/errors.js';
import { stall } from '../model/stall.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, DriverCall, ObjectKey, Observation } from '../ports/driver.js';
import type { Outcome } from '../ports/reconciler.js';
import { HookFailure } from './hook-runner.js';

/** How long to leave a backend alone that could not answer; milliseconds. */
export const BACKEND_PAUSE = 2_000;

/** Turns whatever a driver or hook threw into a failure; what is not one of its own is a bug and counts as refused. */
export function asDriverFailure(thrown: unknown): DriverFailure {
  if (thrown instanceof DriverFailure) return thrown;
  if (thrown instanceof HookFailure) return thrown.asDriverFailure();
  return driverBug(thrown);
}

/** How a pass ends that met a failure. */
export function outcomeOf(failure: DriverFailure): Outcome {
  const message = `${failure.message}. ${failure.remedy}`;
  switch (failure.outcome) {
    case 'invalid':
      return stall('InvalidDesired', message, { code: failure.code });
    case 'unavailable':
      return { kind: 'wait', on: 'backend', afterMs: BACKEND_PAUSE, message, code: failure.code };
    case 'rejected':
    case 'ambiguous':
      return { kind: 'retry', failure };
  }
}

/** Looks by way of a driver; one that can't be reached has seen nothing, which is not the same as seeing that nothing is there. */
export async function observe<D, A>(
  driver: Driver<D, A>,
  key: ObjectKey,
  desired: D | undefined,
  call: DriverCall,
): Promise<Observation<A>> {
  try {
    return await limited(driver.observe(key, desired, call), call.signal);
  } catch (thrown) {
    const failure = asDriverFailure(thrown);
    if (failure.outcome !== 'unavailable') throw failure;
    return { presence: 'unknown', failure };
  }
}

/** Waits for a driver no longer than `signal` allows: one that forgets its signal must not hold a worker for ever. */
export function limited<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) {
    // Nobody waits for it any more, and how it ends is nobody's to hear.
    work.catch(() => undefined);
    return Promise.reject(overdue(signal));
  }
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(overdue(signal));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/**
 * Waits for work of a plug-in no longer than `limitMs`. Unlike {@link limited} it lets work end that was told to stop:
 * who waits for the kernel to stop waits for that.
 */
export function inTime<Result>(
  work: Promise<Result>,
  limitMs: number,
  clock: Clock,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(limitMs, () =>
      reject(noAnswer(new Error(`nothing came of it in ${limitMs / 1_000} s`))),
    );
    work.then(resolve, reject).finally(cancel);
  });
}

function overdue(signal: AbortSignal): DriverFailure {
  return noAnswer(ensureError(signal.reason));
}

function noAnswer(cause: Error): DriverFailure {
  return new DriverFailure('ambiguous', 'NoAnswer', `no answer in time: ${cause.message}`, {
    remedy: 'It is looked at again by itself.',
    cause,
  });
}
