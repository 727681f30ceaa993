import type { Clock } from '@gdcloud/core';

/**
 * Does `work` by a signal that aborts with `source`, or after `milliseconds`. Not AbortSignal.any: on Node 20 each of
 * those leaves something behind at a signal that lives as long as the process.
 */
export async function limitedWork<Result>(
  clock: Pick<Clock, 'schedule'>,
  milliseconds: number,
  source: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(source.reason);
  if (source.aborted) stop();
  source.addEventListener('abort', stop);
  const overdue = new Error(`it took longer than ${milliseconds / 1000} s`);
  const cancel = clock.schedule(milliseconds, () => limit.abort(overdue));
  try {
    return await work(limit.signal);
  } finally {
    cancel();
    source.removeEventListener('abort', stop);
  }
}
