import { type Condition, conditionOf } from '../../model/condition.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { Outcome } from '../../ports/reconciler.js';

/** What a pass left behind of what it waits for. */
export interface Details {
  readonly blockers: readonly ResourceUuid[];
  readonly backend: string | undefined;
  readonly code: string | undefined;
  readonly hook: string | undefined;
}

/**
 * What of an outcome goes into the conditions' details; undefined when there is nothing. The same outcome gives the same
 * details, so that a pass that learns nothing writes nothing.
 */
export function detailsOf(outcome: Outcome): JsonObject | undefined {
  if (outcome.kind !== 'wait' && outcome.kind !== 'stall') return undefined;
  const { blockers } = outcome;
  const details = {
    ...(blockers === undefined || blockers.length === 0 ? {} : { blockers }),
    ...(outcome.kind === 'wait' ? words(outcome) : {}),
  };
  return Object.keys(details).length === 0 ? undefined : details;
}

function words({ backend, code, hook, progress }: Outcome & { readonly kind: 'wait' }): JsonObject {
  return {
    ...(backend === undefined ? {} : { backend }),
    ...(code === undefined ? {} : { code }),
    ...(hook === undefined ? {} : { hook }),
    ...(progress === undefined ? {} : { progress }),
  };
}

/** Reads back what {@link detailsOf} wrote, from the last pass's condition. */
export function lastDetails(resource: Resource): Details {
  const details = conditionOf(resource.conditions, 'Reconciled')?.details ?? {};
  return {
    blockers: texts(details['blockers']).map(asUuid),
    backend: text(details['backend']),
    code: text(details['code']),
    hook: text(details['hook']),
  };
}

/** What it was to be placed on, as `Scheduled` tells it: `host` unless it says otherwise. */
export function candidatesOf(scheduled: Condition | undefined): string {
  return text(scheduled?.details?.['candidates']) ?? 'host';
}

/** The candidates that placement eliminated, as `Scheduled` tells them: name and what spoke against it. */
export function eliminatedOf(
  scheduled: Condition | undefined,
): readonly { readonly name: string; readonly by: string }[] {
  const eliminated = scheduled?.details?.['eliminated'];
  if (!Array.isArray(eliminated)) return [];
  return eliminated.flatMap((entry: Json) => {
    if (!isObject(entry)) return [];
    const name = text(entry['name']);
    return name === undefined ? [] : [{ name, by: text(entry['by']) ?? '' }];
  });
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
