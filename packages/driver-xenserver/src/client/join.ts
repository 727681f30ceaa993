import type { Cancel, Clock } from '@gdcloud/core';

/** Waits for shared work with an own way out: rejects with `abandoned()` when `signal` aborts; the work goes on. */
export function join<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  abandoned: () => Error,
): Promise<Result> {
  return joined(work, signal, abandoned, () => () => undefined);
}

/** As {@link join}, for at most `timeoutMs`. */
export function joinWithin<Result>(
  clock: Clock,
  work: Promise<Result>,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
  abandoned: () => Error,
): Promise<Result> {
  return joined(work, signal, abandoned, (leave) => clock.schedule(timeoutMs, leave));
}

/** `limit` may end it as the signal does; it returns how to call that off. */
function joined<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  abandoned: () => Error,
  limit: (leave: () => void) => Cancel,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abandoned());
      work.catch(() => undefined);
      return;
    }
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', leave);
    };
    const leave = (): void => {
      over();
      reject(abandoned());
    };
    const cancel = limit(leave);
    signal.addEventListener('abort', leave);
    work.then(
      (result) => {
        over();
        resolve(result);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
  });
}
