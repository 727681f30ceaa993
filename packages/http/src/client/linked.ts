/** A signal of one's own that others end, too. */
export interface Linked {
  readonly control: AbortController;
  /** Leaves nothing at the other signals, which may live long. To be called in any case. */
  readonly unlink: () => void;
}

/** A controller that is aborted, with their reason, when any of these signals is. */
export function linked(signals: readonly (AbortSignal | undefined)[]): Linked {
  const control = new AbortController();
  const unlinks = signals.map((signal) => {
    if (signal === undefined) return () => {};
    const stop = (): void => control.abort(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    return () => signal.removeEventListener('abort', stop);
  });
  return {
    control,
    unlink: () => {
      for (const unlink of unlinks) unlink();
    },
  };
}
