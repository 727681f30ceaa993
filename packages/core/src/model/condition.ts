import { type JsonObject, sameJson } from './json.js';

/** What is known about one aspect of a resource. Absent means unknown. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word, stable: for programs. */
  readonly reason: string;
  /** One sentence: for people. */
  readonly message: string;
  /** The same for programs, where a sentence is not enough: what was eliminated, which resources block. Never a secret. */
  readonly details?: JsonObject | undefined;
  /** The generation of the desired state this speaks of. */
  readonly observedGeneration: number;
  /** When `status` last changed; milliseconds since the epoch. A repeated look does not move it. */
  readonly lastTransitionTime: number;
}

/**
 * The aspects the kernel speaks of (reference/kernel.md 1.1): `Ready` is the sum; `Scheduled` and `DependenciesReady`
 * say what it waits for; `Reconciled` is the last pass; `Drifted` is a difference that nobody of ours made; `Stalled`
 * asks for a person; `Orphaned` says why an outside object belongs to nobody; `PendingRestart` says what is as asked only
 * once the server it concerns has been restarted; `Movable` says why a server stays on a host that is to be emptied,
 * `Evacuated` how far that host is; `Protected` what an operator has to change for the disks of a share to be safe,
 * `SpaceLow` that it gets full, `UpKept` what its upkeep found that needs a person; `Healthy` whether what it leads to is well.
 */
export type ConditionType =
  | 'Scheduled'
  | 'DependenciesReady'
  | 'Reconciled'
  | 'Ready'
  | 'Drifted'
  | 'Stalled'
  | 'Orphaned'
  | 'Movable'
  | 'Evacuated'
  | 'PendingRestart'
  | 'Protected'
  | 'SpaceLow'
  | 'UpKept'
  | 'Healthy'
  | 'Deleting';

/** A condition as a pass states it; times are added by `withCondition`. */
export type ConditionStatement = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/**
 * The conditions after `statement` was made about `generation`. The same array when nothing changed, so that a
 * pass that learns nothing writes nothing.
 */
export function withCondition(
  conditions: readonly Condition[],
  statement: ConditionStatement,
  generation: number,
  now: number,
): readonly Condition[] {
  const index = conditions.findIndex((condition) => condition.type === statement.type);
  const before = conditions[index];
  if (
    before !== undefined &&
    before.status === statement.status &&
    before.reason === statement.reason &&
    before.message === statement.message &&
    sameJson(before.details ?? {}, statement.details ?? {}) &&
    before.observedGeneration === generation
  ) {
    return conditions;
  }
  const after: Condition = {
    ...statement,
    observedGeneration: generation,
    lastTransitionTime: before?.status === statement.status ? before.lastTransitionTime : now,
  };
  return before === undefined ? [...conditions, after] : conditions.with(index, after);
}

/** The condition of a type, if anything is known of that aspect. */
export function conditionOf(
  conditions: readonly Condition[],
  type: ConditionType,
): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}
