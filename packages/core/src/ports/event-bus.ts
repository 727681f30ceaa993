import type { ResourceUuid } from '../model/identity.js';

/**
 * Carries hints that a resource is worth a look. Lossy by contract: a hint may be lost, doubled or late, and carries
 * nothing that is not read again from the store (reference/kernel.md 1.5).
 */
export interface EventBus {
  /** Sends `hint` to every subscriber in every process, best effort. Returns at once and never fails the caller. */
  publish(hint: Hint): void;

  /** Calls `receive` for each hint until the returned function is called. `receive` must not throw. */
  subscribe(receive: (hint: Hint) => void): Promise<() => Promise<void>>;

  /** How many messages were not delivered since the start, by a short reason: `malformed`. Absent where none can be. */
  readonly dropped?: Readonly<Record<string, number>> | undefined;
}

/** What a hint says. */
export interface Hint {
  readonly uuid: ResourceUuid;
  /** The account, for fairness between accounts. */
  readonly account: ResourceUuid;
  readonly reason: HintReason;
  /** What brought it about, as a W3C traceparent; for traces only. */
  readonly trace?: string | undefined;
}

/** Why a resource is worth a look, in falling order of urgency. */
export type HintReason = 'changed' | 'dependency' | 'backend';
