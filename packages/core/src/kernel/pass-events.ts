import { type Condition, conditionOf } from '../model/condition.js';
import type { Outcome } from '../ports/reconciler.js';
import type { HistoryEvent } from '../ports/store.js';
import type { PassResult } from './settle.js';

/** What the history says of a pass: what it noted, which conditions turned, and how it ended. Pure. */
export function eventsOf(
  result: PassResult,
  conditions: readonly Condition[],
): readonly HistoryEvent[] {
  return [...result.events, ...transitions(result, conditions), ...ending(result)];
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
