import {
  type Condition,
  type ConditionStatement,
  conditionOf,
  withCondition,
} from '../model/condition.js';
import type { Resource } from '../model/resource.js';
import type { Outcome } from '../ports/reconciler.js';
import type { HistoryEvent, Reference, StatusRecord } from '../ports/store.js';
import { POISON_ATTEMPTS, PROBE_INTERVAL, pauseAfterFailure, pauseAtRest } from './back-off.js';
import { detailsOf } from './explain/details.js';

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
  readonly references: readonly Reference[];
  /** What brought the pass about. */
  readonly why: string;
  readonly now: number;
  /** In [0, 1), for jitter. */
  readonly fraction: number;
}

/** Turns a pass's result into the row's new status columns. Pure: time and chance are part of the result. */
export function settle(result: PassResult): StatusRecord {
  const { resource, outcome, now } = result;
  const conditions = [...result.statements, ...statementsOf(result)].reduce<readonly Condition[]>(
    (known, statement) => withCondition(known, statement, resource.generation, now),
    resource.conditions,
  );
  return {
    status: result.status,
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
    events: [...result.events, ...transitions(result, conditions), ...ending(result)],
    ...(result.references.length > 0
      ? {
          references: {
            fields: result.references.map(({ field }) => field),
            targets: result.references,
          },
        }
      : {}),
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
      return now + pauseAtRest(now - (ready?.lastTransitionTime ?? now), fraction);
    }
    case 'wait':
      return outcome.on === 'progress' ? alreadyDue(resource, now) : now + outcome.afterMs;
    case 'retry': {
      const attempts = attemptsAfter(resource, outcome);
      return (
        now + (attempts >= POISON_ATTEMPTS ? PROBE_INTERVAL : pauseAfterFailure(attempts, fraction))
      );
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
      ];
    case 'wait': {
      const reason = WAIT_REASONS[outcome.on];
      return [
        {
          type: 'Reconciled',
          status: 'Unknown',
          reason,
          message: outcome.message,
          ...leaving(outcome),
        },
        { ...notReady(reason, outcome.message), ...leaving(outcome) },
        ...unstalled(result),
      ];
    }
    case 'retry': {
      const { code, message, remedy } = outcome.failure;
      const poisoned = attemptsAfter(resource, outcome) >= POISON_ATTEMPTS;
      return [
        { type: 'Reconciled', status: 'False', reason: code, message },
        notReady(code, message),
        ...(poisoned
          ? [
              {
                type: 'Stalled',
                status: 'True',
                reason: code,
                message: `${message}. ${remedy}`,
              } as const,
            ]
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
        { type: 'Stalled', status: 'True', reason: outcome.code, message: outcome.message },
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
function leaving(outcome: Outcome): Pick<ConditionStatement, 'details'> {
  const details = detailsOf(outcome);
  return details === undefined ? {} : { details };
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

// A routine look that finds everything as it was moved nothing, and is no event.
function ending(result: PassResult): readonly HistoryEvent[] {
  const { outcome, resource, now, why } = result;
  if (
    outcome.kind === 'done' &&
    resource.observedGeneration === resource.generation &&
    result.events.length === 0
  ) {
    return [];
  }
  return [{ at: now, what: 'pass', why, result: saying(outcome) }];
}

function saying(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
      return 'done: everything is as asked';
    case 'gone':
      return 'gone: nothing is left of it';
    case 'wait':
      return `wait for ${outcome.on}: ${outcome.message}`;
    case 'retry':
      return `retry: ${outcome.failure.code}: ${outcome.failure.message}`;
    case 'stall':
      return `stalled: ${outcome.code}: ${outcome.message}`;
  }
}

function transitions(
  result: PassResult,
  conditions: readonly Condition[],
): readonly HistoryEvent[] {
  return conditions
    .filter((condition) => {
      // `Ready` says the same in other words: one event is enough.
      if (condition.type === 'Reconciled') return false;
      const before = conditionOf(result.resource.conditions, condition.type);
      return before?.status !== condition.status || before.reason !== condition.reason;
    })
    .map((condition) => ({
      at: result.now,
      what: `condition ${condition.type}`,
      why: condition.message,
      result: `${condition.status} ${condition.reason}`,
    }));
}
