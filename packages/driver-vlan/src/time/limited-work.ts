import type { Clock } from '@gdcloud/core';

/** How long work may take. */
export interface Limit {
  readonly clock: Pick<Clock, 'schedule'>;
  readonly milliseconds: number;
  /** Ends it earlier as it aborts. */
  readonly source?: AbortSignal | undefined;
  /** What its signal aborts with when the time is up; by default an error that says how long it was. */
  readonly overdue?: Error | undefined;
}

/**
 * Does `work` by a signal that aborts with the source, or when the time is up. Not AbortSignal.any: on Node 20 each of
 * those leaves something behind at a signal that lives as long as the process.
 */
export async function limitedWork<Result>(
  { clock, milliseconds, source, overdue }: Limit,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(source?.reason);
  if (source?.aborted === true) stop();
  source?.addEventListener('abort', stop);
  const cancel = clock.schedule(milliseconds, () =>
    limit.abort(overdue ?? new Error(`it took longer than ${milliseconds / 1000} s`)),
  );
  try {
    return await work(limit.signal);
  } finally {
    cancel();
    source?.removeEventListener('abort', stop);
  }
}
