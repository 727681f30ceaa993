import type { FailureOutcome } from '@gdcloud/core';

/** What an error code of XAPI says about the world, and what to do about it. */
export interface FailureKind {
  readonly outcome: FailureOutcome;
  /** Completes “the pool …”. */
  readonly reason: string;
  readonly remedy: string;
  /** Which parameter tells more, if one does. */
  readonly detail?: number | undefined;
}

/** Kinds by what they are for: a code, or a number. */
export type Kinds = Readonly<Record<string, FailureKind>>;

/** Gives each of the names, separated by spaces, the same kind. */
export function same(names: string, kind: FailureKind): Kinds {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
