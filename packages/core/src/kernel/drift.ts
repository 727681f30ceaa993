import { type Condition, type ConditionStatement, conditionOf } from '../model/condition.js';
import { type DriftPolicies, driftPolicyOf, PRESENCE } from '../model/drift-policy.js';
import type { JsonObject } from '../model/json.js';
import type { PartRecord, Resource } from '../model/resource.js';
import { type Stall, stall } from '../model/stall.js';
import type { Change, Observation } from '../ports/driver.js';
import { CONTENTION_WINDOW, CONTENTIOUS_REPAIRS } from './back-off.js';
import type { Decision } from './decide.js';

/** A resource that was as asked when the pass began: what differs now, nobody of ours made differ. */
export interface DriftWatch {
  readonly part: string;
  readonly policies: DriftPolicies;
  /** The `Drifted` condition as the pass found it. */
  readonly before: Condition | undefined;
  readonly now: number;
}

/** What a decision means where the world was as asked before. */
export type DriftVerdict =
  /** Nothing drifted, or it is the kernel's own repair that goes on. */
  | { readonly kind: 'none' }
  /** Make it as asked again. `record` counts the repair. */
  | {
      readonly kind: 'repair';
      readonly statement: ConditionStatement;
      readonly record: PartRecord;
    }
  /** Change nothing, and say so. */
  | { readonly kind: 'report'; readonly statement: ConditionStatement; readonly outcome: Stall };

/** The watch over a part; undefined where differences count as asked for. */
export function driftWatch(
  resource: Resource,
  part: string,
  policies: DriftPolicies,
  now: number,
): DriftWatch | undefined {
  if (resource.observedGeneration !== resource.generation) return undefined;
  return { part, policies, before: conditionOf(resource.conditions, 'Drifted'), now };
}

/** The observation without the differences that nobody wants to hear of. */
export function withoutIgnored<A>(
  observation: Observation<A>,
  watch: DriftWatch | undefined,
): Observation<A> {
  if (watch === undefined || observation.presence !== 'present') return observation;
  const { part, policies } = watch;
  const changes = observation.changes.filter(
    ({ field }) => driftPolicyOf(policies, part, field) !== 'ignore',
  );
  return changes.length === observation.changes.length ? observation : { ...observation, changes };
}

/** Judges a decision about a part that had `record` before. Pure. */
export function judgeDrift<A>(
  record: PartRecord | undefined,
  decision: Decision<A>,
  watch: DriftWatch | undefined,
): DriftVerdict {
  if (watch === undefined || record?.state !== 'recorded') return { kind: 'none' };
  if (decision.kind !== 'create' && decision.kind !== 'update') return { kind: 'none' };
  const { part, policies, now } = watch;
  const change: Change =
    decision.kind === 'update'
      ? decision.change
      : { field: PRESENCE, desired: 'present', actual: 'absent' };
  const details = detailsOf(watch, change);
  const difference = `${part}.${change.field} is ${said(change.actual)} where ${said(change.desired)} was asked for`;
  const policy = driftPolicyOf(policies, part, change.field);
  // That something is missing is never what was to be expected.
  if (policy === 'expected' && decision.kind === 'update') return { kind: 'none' };
  if (policy !== 'repair') {
    return report('Drifted', `${difference}; it is only reported`, details);
  }
  const recent = (record.repaired ?? []).filter((at) => now - at < CONTENTION_WINDOW);
  const goesOn = watch.before?.status === 'True' && watch.before.details?.['part'] === part;
  const contended = watch.before?.reason === 'DriftContended';
  if (recent.length >= CONTENTIOUS_REPAIRS && (!goesOn || contended)) {
    const message = `${difference}; somebody else changes it as often as it is repaired`;
    return report('DriftContended', message, details);
  }
  return {
    kind: 'repair',
    statement: drifted('Repairing', difference, details),
    // Several changes may be one repair: it counts when it begins.
    record:
      goesOn && !contended
        ? decision.record
        : {
            ...decision.record,
            repaired: [...recent, now].slice(-CONTENTIOUS_REPAIRS),
          },
  };
}

function report(
  code: 'Drifted' | 'DriftContended',
  message: string,
  details: JsonObject,
): DriftVerdict {
  return {
    kind: 'report',
    statement: drifted(code === 'Drifted' ? 'Reported' : code, message, details),
    outcome: stall(code, message, { details }),
  };
}

function drifted(reason: string, message: string, details: JsonObject): ConditionStatement {
  return { type: 'Drifted', status: 'True', reason, message, details };
}

function detailsOf({ part, before, now }: DriftWatch, change: Change): JsonObject {
  const { field, desired, actual } = change;
  const known = before?.status === 'True' ? before.details : undefined;
  const same = known?.['part'] === part && known['field'] === field;
  return { part, field, desired, actual, since: same ? (known['since'] ?? now) : now };
}

function said(value: Change['actual']): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
