import {
  asExternalId,
  type ExternalId,
  parseUuid,
  type ResourceUuid,
} from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { UpkeepReport, UpkeepRequest } from '../../ports/drivers/storage.js';
import { isText, listOf } from './json-reading.js';

/** {@link UpkeepRequest} as it is sent. */
export interface UpkeepMessage {
  readonly verb: 'upkeep';
  readonly pool: ExternalId;
  readonly open: readonly ResourceUuid[];
  readonly closed: readonly ResourceUuid[];
  readonly cursor?: string | undefined;
}

/** A request for a step of upkeep, as it is sent. */
export function writeUpkeep({ pool, disks, cursor }: UpkeepRequest): UpkeepMessage {
  const all = [...disks];
  const those = (use: 'open' | 'closed'): readonly ResourceUuid[] =>
    all.flatMap(([uuid, its]) => (its === use ? [uuid] : []));
  const message = { verb: 'upkeep', pool, open: those('open'), closed: those('closed') } as const;
  return cursor === undefined ? message : { ...message, cursor };
}

/** What was sent, as the driver takes it. */
export function upkeepOf({ pool, open, closed, cursor }: UpkeepMessage): UpkeepRequest {
  const disks = new Map<ResourceUuid, 'open' | 'closed'>();
  for (const uuid of closed) disks.set(uuid, 'closed');
  for (const uuid of open) disks.set(uuid, 'open');
  return { pool, disks, cursor };
}

/** Reads {@link UpkeepMessage}; undefined when it is something else, for half of what must stay is worse than nothing. */
export function parseUpkeep({ pool, open, closed, cursor }: JsonObject): UpkeepMessage | undefined {
  const [opened, others] = [listOf(open, uuidOf), listOf(closed, uuidOf)];
  if (!isText(pool, 4_096) || opened === undefined || others === undefined) return undefined;
  const message = {
    verb: 'upkeep',
    pool: asExternalId(pool),
    open: opened,
    closed: others,
  } as const;
  if (cursor === undefined) return message;
  return isText(cursor, 16_384) ? { ...message, cursor } : undefined;
}

/** Reads what a step did. */
export function parseUpkeepReport(json: Json): UpkeepReport | undefined {
  if (typeof json !== 'object' || json === null || !('done' in json)) return undefined;
  const { done, problems, cursor } = json;
  const [all, found] = [listOf(done, textOf), listOf(problems, textOf)];
  if (all === undefined || found === undefined) return undefined;
  return isText(cursor, 16_384)
    ? { done: all, problems: found, cursor }
    : { done: all, problems: found };
}

function uuidOf(json: Json): ResourceUuid | undefined {
  return isText(json) ? parseUuid(json) : undefined;
}

function textOf(json: Json): string | undefined {
  return isText(json, 16_384) ? json : undefined;
}
