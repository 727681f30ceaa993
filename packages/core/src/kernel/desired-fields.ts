import { COMMON_FIELDS } from '../model/common-fields.js';
import type { Json, JsonObject } from '../model/json.js';
import type { Clock } from '../ports/clock.js';
import type { HistoryEvent } from '../ports/store.js';
import type { Caller } from './resources.js';

/** Parts a body into what every resource has and what its type declares. */
export function splitFields(fields: JsonObject): {
  readonly common: JsonObject;
  readonly spec: JsonObject;
} {
  const common: Record<string, Json> = {};
  const spec: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    (Object.hasOwn(COMMON_FIELDS, name) ? common : spec)[name] = value;
  }
  return { common, spec };
}

/** What a resource's history says of a request. */
export function requestEvent(
  clock: Clock,
  what: string,
  caller: Caller,
  result: string,
): HistoryEvent {
  return { at: clock.now(), what, why: `account ${caller.accountId} asked`, result };
}
