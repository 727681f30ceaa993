import type { Caller } from '../resources.js';
import type { ResourceChange, WantedChanges } from './change.js';

/**
 * Tells callers of changes as they happen. Lossless: whoever gives back the position that was told last hears of all that
 * changed since, or is told to look anew. At least once: after a loss of the connection, and only then, a change may be
 * told again.
 */
export interface Feed {
  /**
   * Takes a listener on; nothing is told before {@link Listening.begin}. Throws RequestError: InvalidQuery for a position
   * that this cloud has not told, TooManyStreams; PortUnavailable when the store can't answer.
   */
  listen(caller: Caller, request: ListenRequest): Promise<Listening>;
}

/** What somebody wants to hear of, and from where on. */
export interface ListenRequest {
  readonly wanted: WantedChanges;
  /** The position that was told last; absent: from now on. */
  readonly after?: string | undefined;
}

/** A listener's place in the feed. */
export interface Listening {
  /** From now on `listener` is told. Called once. */
  begin(listener: FeedListener): void;
  /** A listener that was full takes more. */
  ready(): void;
  /** The listener is gone; it is told nothing any more. May be called again. */
  close(): void;
}

/** Somebody who is told. */
export interface FeedListener {
  /**
   * Called for each notice, in order. Must not throw. Whoever answers `full` is told nothing, but a farewell, until
   * {@link Listening.ready}; nothing is kept for it meanwhile but its position.
   */
  hear(notice: FeedNotice): 'more' | 'full';
}

/** What a listener is told. `position` is what to give back to go on right after it. */
export type FeedNotice =
  /** The first. */
  | { readonly kind: 'ready'; readonly position: string }
  | { readonly kind: 'change'; readonly position: string; readonly change: ResourceChange }
  /** What changed since the position that was given is not known any more: look anew. Changes from now on are told. */
  | { readonly kind: 'reset'; readonly position: string; readonly reason: ResetReason }
  /** From time to time: nothing it wants to hear of has happened up to there. */
  | { readonly kind: 'still'; readonly position: string }
  /** The last. */
  | { readonly kind: 'bye'; readonly reason: ByeReason };

/**
 * Why somebody must look anew: the position is too old (`expired`), too much has happened since (`behind`), or it is of
 * a later state than the database has, because that was restored from a backup (`restored`).
 */
export type ResetReason = 'expired' | 'behind' | 'restored';

/**
 * Why nothing is told any more: the process ends (`shutdown`), the key or the account is not good any more (`revoked`),
 * the listener did not take what it was told (`slow`), it has listened for so long that it is time to ask anew (`age`),
 * the store can't answer (`unavailable`).
 */
export type ByeReason = 'shutdown' | 'revoked' | 'slow' | 'age' | 'unavailable';

/** How much is told. */
export interface FeedLimits {
  /** Listeners of one account in this process. Default 100. */
  readonly perAccount: number;
  /** Listeners in this process. Default 20,000. */
  readonly listeners: number;
  /** How long one may listen before it has to ask anew; milliseconds. Default 6 hours. */
  readonly ageMs: number;
  /** How long a listener may take nothing; milliseconds. Default 60,000. */
  readonly slowMs: number;
  /** How many records may have been written since a position is told from; beyond that it is `behind`. Default 20,000. */
  readonly behind: number;
}

/** The limits that hold where none are given. */
export const FEED_LIMITS: FeedLimits = {
  perAccount: 100,
  listeners: 20_000,
  ageMs: 6 * 60 * 60_000,
  slowMs: 60_000,
  behind: 20_000,
};
