import type { Epoch } from './epoch.js';

/** Chooses which appliance of a pair carries its networks. */
export interface Election {
  /**
   * Resolves when this machine has been chosen. `soon` is called where that is likely to be in a moment. Throws the signal's
   * reason as it aborts; all else is tried again.
   */
  elected(signal: AbortSignal, soon: () => void): Promise<Mandate>;
}

/** To have been chosen, until it is given up or lost. */
export interface Mandate {
  readonly epoch: Epoch;
  /** Aborts as soon as it is not certain any more. */
  readonly signal: AbortSignal;
  /** How long from now nobody else is chosen, whatever happens here; milliseconds. */
  remainingMs(): number;
  /** How much longer it may begin to be heard for the first time, milliseconds: nobody may who missed what others were told. */
  permittedMs(): number;
  /** Resolves when the other is there and waits to take over at once. Throws `unavailable` where it isn't. */
  successor(signal: AbortSignal): Promise<void>;
  /** Where the kernel closes the gate in the moment in which another may be chosen: gives it up like that. Never fails. */
  resign?(): Promise<void>;
  /** Gives it up: another may be chosen at once. Nothing may be heard of this machine by then. Never fails. */
  release(): Promise<void>;
}
