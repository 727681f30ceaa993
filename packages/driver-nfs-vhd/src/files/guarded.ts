import { DriverFailure } from '@gdcloud/core';
import { fileFailure, type Intent } from './file-failure.js';

/** Throws between two steps once the call was aborted. */
export type Checkpoint = () => void;

/**
 * Runs the work of one driver call. It gives up as soon as `signal` aborts, even while the kernel hangs in a dead NFS
 * mount; the work then stops at its next checkpoint. Fails only with a DriverFailure.
 */
export async function guarded<Result>(
  signal: AbortSignal,
  intent: Intent,
  folder: string,
  work: (checkpoint: Checkpoint) => Promise<Result>,
): Promise<Result> {
  if (signal.aborted) throw aborted('read', folder);
  const { promise: given, stop } = whenAborted(signal, intent, folder);
  try {
    const checkpoint = (): void => {
      if (signal.aborted) throw aborted(intent, folder);
    };
    return await Promise.race([work(checkpoint), given]);
  } catch (thrown) {
    throw fileFailure(thrown, intent, folder);
  } finally {
    stop();
  }
}

function whenAborted(
  signal: AbortSignal,
  intent: Intent,
  folder: string,
): { readonly promise: Promise<never>; readonly stop: () => void } {
  let stop: () => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(aborted(intent, folder));
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  return { promise, stop };
}

function aborted(intent: Intent, folder: string): DriverFailure {
  const outcome = intent === 'change' ? 'ambiguous' : 'unavailable';
  return new DriverFailure(
    outcome,
    'Aborted',
    `${folder}: the call was aborted before it was done`,
    {
      remedy: 'None is needed: it is tried again. If it repeats, the share answers too slowly.',
    },
  );
}
