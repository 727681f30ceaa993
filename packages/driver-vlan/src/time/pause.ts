import type { Clock } from '@gdcloud/core';

/** Waits for a time, or until one of the signals aborts, and resolves either way. */
export function pause(
  clock: Clock,
  milliseconds: number,
  ...signals: readonly AbortSignal[]
): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(milliseconds, end);
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}
