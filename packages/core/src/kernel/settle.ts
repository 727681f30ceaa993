import {
  type Condition,
  type ConditionStatement,
  conditionOf,
  withCondition,
} from '../model/condition.js';
import type { ResourceUuid } from '../model/identity.js';
import { type JsonObject, sameJson } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import { STALLS, type StallActions, wayOut } from '../model/stall.js';
import type { Outcome } from '../ports/reconciler.js';
import type { HistoryEvent, ReferenceChange, StatusRecord } from '../ports/store.js';
import {
  POISON_ATTEMPTS,
  POISON_DURATION,
  PROBE_INTERVAL,
  pauseAfterFailure,
  pauseAtRest,
} from './back-off.js';
import { detailsOf } from './explain/details.js';
import { eventsOf } from './pass-events.js';

/** All that a pass has to say. */
export interface PassResult {
  /** The row as the pass found it. */
  readonly resource: Resource;
  readonly outcome: Outcome;
  readonly status: Resource['status'];
  readonly parts: Resource['parts'];
  readonly statements: readonly ConditionStatement[];
  readonly events: readonly HistoryEvent[];
  /** Targets of observed reference fields that were set. */
  /** Status fields that are references, and what they name now: nothing, where one names nothing any more. */
  readonly references: ReadonlyMap<string, ResourceUuid | null>;
  /** What brought the pass about. */
  readonly why: string;
  readonly now: number;
  /** In [0, 1), for jitter. */
  readonly fraction: number;
}

/** Turns a pass's result into the row's new status columns. Pure: time and chance are part of the result. */
export function settle(result: PassResult): StatusRecord {
  const { resource, outcome, status, now } = result;
  const conditions = [...result.statements, ...statementsOf(result)].reduce<readonly Condition[]>(
    (known, statement) => withCondition(known, statement, resource.generation, now),
    resource.conditions,
  );
  const isShown = conditions !== resource.conditions || !showSame(status, resource.status);
  return {
    status,
    parts: result.parts,
    conditions,
    attemptedGeneration: resource.generation,
    observedGeneration: outcome.kind === 'done' ? resource.generation : resource.observedGeneration,
    outcome: outcome.kind === 'gone' ? 'done' : outcome.kind,
    removed: outcome.kind === 'gone' ? now : null,
    attempts: attemptsAfter(resource, outcome),
    nextAttemptAt: nextAttempt(result, conditions),
    lastErrorCode: errorOf(outcome)?.code ?? null,
    lastErrorMessage: errorOf(outcome)?.message ?? null,
    events: eventsOf(result, conditions),
    ...(isShown ? { shown: 'changed' as const } : {}),
    ...(result.references.size > 0 ? { references: referencesOf(result) } : {}),
  };
}

// What is absent is shown as null.
function showSame(status: Resource['status'], before: Resource['status']): boolean {
  if (status === before) return true;
  const [left, right] = [status, before] as readonly JsonObject[];
  const names = new Set([...Object.keys(status), ...Object.keys(before)]);
  return [...names].every((name) => sameJson(left?.[name] ?? null, right?.[name] ?? null));
}

function referencesOf({ references }: PassResult): ReferenceChange {
  return {
    fields: [...references.keys()],
    targets: [...references].flatMap(([field, target]) =>
      target === null ? [] : [{ field, target }],
    ),
  };
}

function attemptsAfter(resource: Resource, outcome: Outcome): number {
  const before = resource.attemptedGeneration === resource.generation ? resource.attempts : 0;
  switch (outcome.kind) {
    case 'retry':
      return before + 1;
    case 'wait':
      // Neither progress nor a backend that is away proves that what failed before would not fail again.
      return outcome.on === 'backend' || outcome.on === 'progress' ? before : 0;
    case 'stall':
      return before;
    case 'done':
    case 'gone':
      return 0;
  }
}

function nextAttempt(result: PassResult, conditions: readonly Condition[]): number | null {
  const { outcome, now, fraction, resource } = result;
  switch (outcome.kind) {
    case 'done': {
      const ready = conditionOf(conditions, 'Ready');
      const rested = now + pauseAtRest(now - (ready?.lastTransitionTime ?? now), fraction);
      return Math.min(rested, Math.max(now, outcome.until ?? rested));
    }
    case 'wait':
      return outcome.on === 'progress' ? alreadyDue(resource, now) : now + outcome.afterMs;
    case 'retry': {
      const attempts = attemptsAfter(resource, outcome);
      return now + (isPoisoned(result) ? PROBE_INTERVAL : pauseAfterFailure(attempts, fraction));
    }
    case 'stall':
      return now + PROBE_INTERVAL;
    case 'gone':
      return null;
  }
}

// Due at once, should this process die before the next pass. A moment that has passed already says the same, and what
// does not change costs the database nothing.
function alreadyDue(resource: Resource, now: number): number {
  return resource.nextAttemptAt !== null && resource.nextAttemptAt <= now
    ? resource.nextAttemptAt
    : now;
}

function statementsOf(result: PassResult): readonly ConditionStatement[] {
  const { outcome, resource } = result;
  const deleting = resource.deleteRequestedAt !== null;
  switch (outcome.kind) {
    case 'done':
      return [
        {
          type: 'Reconciled',
          status: 'True',
          reason: 'AsAsked',
          message: 'the last pass found nothing to do',
        },
        { type: 'Ready', status: 'True', reason: 'AsAsked', message: 'everything is as asked' },
        ...unstalled(result),
        ...undrifted(result),
      ];
    case 'wait': {
      const reason = WAIT_REASONS[outcome.on];
      return [
        {
          type: 'Reconciled',
          status: 'Unknown',
          reason,
          message: outcome.message,
          ...leaving(outcome, stillFailing(result)),
        },
        { ...notReady(reason, outcome.message), ...leaving(outcome) },
        ...unstalled(result),
      ];
    }
    case 'retry': {
      const { code, message, remedy } = outcome.failure;
      return [
        {
          type: 'Reconciled',
          status: 'False',
          reason: code,
          message,
          details: { failingSince: failingSince(result) ?? result.now },
        },
        notReady(code, message),
        ...(isPoisoned(result)
          ? [stalled(result, code, `${message}. ${remedy}`, STALLS.Failing)]
          : unstalled(result)),
      ];
    }
    case 'stall':
      return [
        {
          type: 'Reconciled',
          status: 'False',
          reason: outcome.code,
          message: outcome.message,
          ...leaving(outcome),
        },
        { ...notReady(outcome.code, outcome.message), ...leaving(outcome) },
        stalled(result, outcome.code, outcome.message, outcome.actions, outcome.details),
      ];
    case 'gone':
      return [
        {
          type: 'Ready',
          status: 'False',
          reason: deleting ? 'Removed' : 'Gone',
          message: 'nothing is left of it',
        },
      ];
  }
}

const WAIT_REASONS = {
  progress: 'InProgress',
  dependency: 'WaitingForDependency',
  capacity: 'WaitingForCapacity',
  backend: 'WaitingForBackend',
} as const;

function notReady(reason: string, message: string): ConditionStatement {
  return { type: 'Ready', status: 'False', reason, message };
}

// What an explanation needs, where it goes on from here.
function leaving(outcome: Outcome, more: JsonObject = {}): Pick<ConditionStatement, 'details'> {
  const details = { ...detailsOf(outcome), ...more };
  return Object.keys(details).length === 0 ? {} : { details };
}

function stalled(
  { resource }: PassResult,
  code: string,
  message: string,
  ways: StallActions,
  more: JsonObject = {},
): ConditionStatement {
  // What is being removed can't be asked to be anything else: mend the cause, and have it looked at.
  const actions: StallActions = resource.deleteRequestedAt === null ? ways : ['reconcile'];
  return {
    type: 'Stalled',
    status: 'True',
    reason: code,
    message: `${message.replace(/\.$/, '')}. ${wayOut(actions)}`,
    details: { ...more, actions },
  };
}

// Since when passes over this very generation fail, as the last of them wrote down.
function failingSince({ resource }: PassResult): number | undefined {
  const reconciled = conditionOf(resource.conditions, 'Reconciled');
  const since = reconciled?.details?.['failingSince'];
  return reconciled?.observedGeneration === resource.generation && typeof since === 'number'
    ? since
    : undefined;
}

// A step forward between two failures does not end the failing, just as it resets no attempts.
function stillFailing(result: PassResult): JsonObject {
  const since = failingSince(result);
  const { outcome } = result;
  return since === undefined || outcome.kind !== 'wait' || outcome.on !== 'progress'
    ? {}
    : { failingSince: since };
}

function isPoisoned(result: PassResult): boolean {
  const { resource, outcome, now } = result;
  const since = failingSince(result);
  return (
    attemptsAfter(resource, outcome) >= POISON_ATTEMPTS ||
    (since !== undefined && now - since >= POISON_DURATION)
  );
}

// Unless this very pass has heard of a change that is repaired by now.
function undrifted({ resource, statements }: PassResult): readonly ConditionStatement[] {
  return !statements.some(({ type }) => type === 'Drifted') &&
    conditionOf(resource.conditions, 'Drifted')?.status === 'True'
    ? [{ type: 'Drifted', status: 'False', reason: 'AsAsked', message: 'it is as asked again' }]
    : [];
}

function unstalled(result: PassResult): readonly ConditionStatement[] {
  return conditionOf(result.resource.conditions, 'Stalled')?.status === 'True'
    ? [{ type: 'Stalled', status: 'False', reason: 'Moving', message: 'it moves again' }]
    : [];
}

function errorOf(
  outcome: Outcome,
): { readonly code: string; readonly message: string } | undefined {
  if (outcome.kind === 'retry') return outcome.failure;
  return outcome.kind === 'stall' ? outcome : undefined;
}
