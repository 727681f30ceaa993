import type { BreakerState } from '../circuit-breaker.js';

// Types and no interfaces: what is only plain data reads as a JSON object wherever one is wanted.

/**
 * Why a resource is not as asked yet, or that it is. Derived from its row and those it waits for when it is asked for,
 * never stored; what the one who asks may not see is not in it. All moments are milliseconds since the epoch.
 */
export type Explanation = {
  /** One sentence, for people. */
  readonly verdict: string;
  readonly asAsked: 'yes' | 'no';
  readonly resource: NamedResource;
  /** What all waiting comes down to: the resource itself, or one that it waits for. Null when it is as asked. */
  readonly root: RootBlocker | null;
  /** What is waited for, each by the one before; the root is the last. Empty when the root is the resource itself. */
  readonly chain: readonly NamedResource[];
  readonly generation: number;
  readonly observedGeneration: number;
  readonly attemptedGeneration: number;
  readonly conditions: readonly ExplainedCondition[];
  /** Who works on it at this moment; null when nobody does, or the lock service can't tell. */
  readonly lock: ExplainedLock | null;
  /** The last passes that moved something, newest first, at most 10. */
  readonly passes: readonly ExplainedPass[];
  /** When it is looked at again even if nothing is heard; null when only a hint or a change brings that. */
  readonly nextAttemptAt: number | null;
  /** Failed passes in a row. */
  readonly attempts: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** The circuits to the backends that it or its root waits for. */
  readonly breakers: readonly BreakerState[];
  /** Why it was placed nowhere: each candidate, and what spoke against it. Empty when placement did not fail. */
  readonly placement: readonly Elimination[];
  /** What helps, the best first. Never empty while it is not as asked. */
  readonly suggestions: readonly Suggestion[];
};

/** A resource as it may be named to the one who asks. The ids are null when it may not see them. */
export type NamedResource = {
  /** `network 7`, or `a resource of another account`. */
  readonly name: string;
  readonly type: string | null;
  readonly id: string | null;
  readonly uuid: string | null;
};

/** The resource that all waiting comes down to, and the condition that says so. */
export type RootBlocker = NamedResource & {
  readonly condition: string;
  /** One CamelCase word, stable: for programs. */
  readonly reason: string;
  readonly message: string;
};

/** A condition, and whether it speaks of what is asked now. */
export type ExplainedCondition = {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly current: 'yes' | 'no';
  readonly lastTransitionTime: number;
};

/** Who holds the lock, and since when if that is known. */
export type ExplainedLock = { readonly owner: string; readonly since: number | null };

/** A pass: what brought it about and how it ended. */
export type ExplainedPass = {
  readonly at: number;
  readonly why: string;
  readonly result: string;
};

/** A candidate that was not chosen. */
export type Elimination = {
  readonly candidate: string;
  /** The hook that spoke against it; null when another placement took the last of it. */
  readonly filter: string | null;
  readonly why: string;
};

/** Something that can be asked of a resource by the API, or nothing: `wait` is only said of what moves by itself. */
export type Suggestion = {
  readonly action: 'reconcile' | 'update' | 'delete' | 'recreate' | 'keep' | 'fence' | 'wait';
  readonly resource: { readonly type: string; readonly id: string };
  readonly why: string;
};
