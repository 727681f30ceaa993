/** Resolves after `milliseconds` or when `signal` aborts, whichever is first. Never rejects, holds no process open. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    timer.unref();
    signal.addEventListener('abort', end);
  });
}

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
