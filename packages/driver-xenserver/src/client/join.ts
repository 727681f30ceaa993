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
