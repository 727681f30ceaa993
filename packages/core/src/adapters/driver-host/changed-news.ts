import { parseUuid, type ResourceUuid } from '../../model/identity.js';
import type { Json } from '../../model/json.js';
import { isObject, isText } from './json-reading.js';

/** Which drivers tell of what was changed outside. */
export type WatchedKind = 'compute' | 'network';

/** A resource whose object was changed outside. */
export interface ChangedNews {
  readonly kind: WatchedKind;
  readonly uuid: ResourceUuid;
}

/** A change outside, as JSON. */
export function writeChanged({ kind, uuid }: ChangedNews): Json {
  return { kind, uuid };
}

/** Reads what {@link writeChanged} wrote; undefined when it is something else. Hosts of the days before told of servers only. */
export function parseChanged(json: Json): ChangedNews | undefined {
  if (!isObject(json)) return undefined;
  const { kind = 'compute', uuid: text } = json;
  const uuid = isText(text) ? parseUuid(text) : undefined;
  if (uuid === undefined || (kind !== 'compute' && kind !== 'network')) return undefined;
  return { kind, uuid };
}
