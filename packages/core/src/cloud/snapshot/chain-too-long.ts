import type { Outcome } from '../../ports/reconciler.js';

/** What drivers say of a disk that can't have one more snapshot before others are gone. */
const CHAIN_TOO_LONG = 'ChainTooLong';
/** How long to wait before it is tried again; milliseconds. */
const CHAIN_PAUSE = 60_000;

/**
 * Waits, however long it takes, where a disk has too many snapshots: no failure of the backend's, for it takes as long as
 * people or the storage take to make room. Every other outcome stays as it is.
 */
export function patient(outcome: Outcome): Outcome {
  if (outcome.kind !== 'retry' || outcome.failure.code !== CHAIN_TOO_LONG) return outcome;
  const { code, message, remedy } = outcome.failure;
  return {
    kind: 'wait',
    on: 'capacity',
    afterMs: CHAIN_PAUSE,
    message: `${message}. ${remedy}`,
    code,
  };
}
