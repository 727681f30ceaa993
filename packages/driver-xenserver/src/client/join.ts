import type { Clock } from '@gdcloud/core';

/** Waits for shared work with an own way out: rejects with `abandoned()` when `signal` aborts; the work goes on. */
export function join<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  abandoned: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(abandoned());
    if (signal.aborted) {
      leave();
      work.catch(() => undefined);
      return;
    }
    signal.addEventListener('abort', leave);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** As {@link join}, for at most `timeoutMs`. */
export async function joinWithin<Result>(
  clock: Clock,
  work: Promise<Result>,
  limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
  abandoned: () => Error,
): Promise<Result> {
  const leave = new AbortController();
  const giveUp = (): void => leave.abort();
  if (limits.signal.aborted) giveUp();
  limits.signal.addEventListener('abort', giveUp);
  const cancel = clock.schedule(limits.timeoutMs, giveUp);
  try {
    return await join(work, leave.signal, abandoned);
  } finally {
    cancel();
    limits.signal.removeEventListener('abort', giveUp);
  }
}
