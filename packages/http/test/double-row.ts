import type { Caller, Explanation, JsonObject, Resource, ResourceType } from '@gdcloud/core';

/** A row that was just asked for: nothing is known of it yet. */
export const FRESH: Omit<
  Resource,
  'uuid' | 'type' | 'id' | 'account' | 'created' | 'name' | 'spec'
> = {
  naturalKey: null,
  description: null,
  data: {},
  generation: 1,
  deleteRequestedAt: null,
  repairs: [],
  status: {},
  conditions: [],
  parts: {},
  observedGeneration: 0,
  attemptedGeneration: 0,
  statusVersion: 0,
  fence: null,
  outcome: null,
  nextAttemptAt: null,
  attempts: 0,
  lastErrorCode: null,
  lastErrorMessage: null,
  removed: null,
};

/** Whether the caller may see the row at all. */
export function sees(caller: Caller, type: ResourceType, row: Resource): boolean {
  return (
    caller.kind === 'admin' ||
    row.account === caller.account ||
    type.access.visibleTo === 'everyone'
  );
}

/** Whether a text is the natural key of the row. */
export function isNatural(type: ResourceType, row: Resource, id: string): boolean {
  return type.uniqueBy === 'name' && row.name === id;
}

/** A JSON object, empty for anything else. */
export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

/** What the fields that no caller can write start with. */
export function internalDefaults(type: ResourceType): JsonObject {
  return Object.fromEntries(
    Object.entries(type.spec)
      .filter(([, field]) => field.write === 'internal')
      .map(([name, field]) => [name, field.default ?? null]),
  );
}

/** The explanation of a row of which nobody asks for anything else. */
export function asAsked(type: ResourceType, row: Resource): Explanation {
  const resource = { name: `${type.id} ${row.id}`, type: type.id, id: row.id, uuid: row.uuid };
  return {
    verdict: `${resource.name} is as asked`,
    asAsked: 'yes',
    resource,
    root: null,
    chain: [],
    generation: row.generation,
    observedGeneration: row.observedGeneration,
    attemptedGeneration: row.attemptedGeneration,
    conditions: [],
    lock: null,
    passes: [],
    nextAttemptAt: null,
    attempts: 0,
    lastError: null,
    breakers: [],
    placement: [],
    suggestions: [],
  };
}
