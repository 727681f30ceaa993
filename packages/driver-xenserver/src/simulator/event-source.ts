import type { Json, JsonObject } from '@gdcloud/core';
import { SCHEMA } from '../datamodel/schema.js';
import { parseInteger } from './arguments.js';
import type { Removal } from './change-log.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';
import { recordOf } from './record.js';

/** Which objects an `event.from` asks for. */
export interface Subscription {
  includes(className: string, ref: string): boolean;
  /** The objects, where only single ones are asked for. */
  readonly objects: readonly { readonly className: string; readonly ref: string }[] | undefined;
}

const CLASSES = new Map([...SCHEMA.keys()].map((name) => [name.toLowerCase(), name]));
/** Never reported: they are XAPI's own plumbing, or nobody but their owner's business. */
const SILENT: ReadonlySet<string> = new Set(['session', 'event', 'user', 'secret', 'role']);
/** Fixed by the release, or kept in files: no objects of the database. */
const UNCOUNTED: ReadonlySet<string> = new Set(['role', 'message']);

/** Reads the classes of `event.from`: `*`, `vm`, `VM/OpaqueRef:…`, in any case. */
export function parseSubscription(classes: readonly string[]): Subscription {
  const parts = classes.map((text) => {
    if (text === '*') return undefined;
    const [name = '', ref, surplus] = text.split('/');
    if (surplus !== undefined) throw new XapiFault('EVENT_SUBSCRIPTION_PARSE_FAILURE', text);
    return { className: CLASSES.get(name.toLowerCase()), ref };
  });
  const objects = parts.flatMap((part) => {
    const { className, ref } = part ?? {};
    return className === undefined || ref === undefined ? [] : [{ className, ref }];
  });
  return {
    includes: (className, ref) =>
      !SILENT.has(className) &&
      parts.some(
        (part) =>
          part === undefined ||
          (part.className === className && (part.ref === undefined || part.ref === ref)),
      ),
    objects: objects.length === parts.length ? objects : undefined,
  };
}

/** The generation a token stands for. */
export function parseToken(token: string): number {
  if (token === '') return 0;
  const [generation, messages, surplus] = token.split(',').map(parseInteger);
  if (generation === undefined || messages === undefined || surplus !== undefined) {
    throw new XapiFault('EVENT_FROM_TOKEN_PARSE_FAILURE', token);
  }
  return Math.max(0, generation);
}

/** A generation as a token: tokens compare as strings. */
export function tokenOf(generation: number): string {
  return `${String(generation).padStart(20, '0')},${'0'.padStart(20, '0')}`;
}

/** Whether {@link eventsSince} would tell anything. */
export function hasEventsSince(database: Database, since: number, wanted: Subscription): boolean {
  for (const _ of changedRows(database, since, wanted)) return true;
  return removalsOf(database, since, wanted).length > 0;
}

/** The changes after `since` that `wanted` asks for, one event an object. */
export function eventsSince(
  database: Database,
  since: number,
  wanted: Subscription,
): readonly JsonObject[] {
  const rows = [...changedRows(database, since, wanted)];
  return [
    ...rows.filter((row) => row.created > since).map((row) => eventOf(row, 'add')),
    ...rows.filter((row) => row.created <= since).map((row) => eventOf(row, 'mod')),
    ...removalsOf(database, since, wanted).map((removal) => ({
      id: String(removal.removed),
      timestamp: '0.0',
      class: removal.class.toLowerCase(),
      operation: 'del',
      ref: removal.ref,
    })),
  ];
}

function* changedRows(database: Database, since: number, wanted: Subscription): Iterable<Row> {
  for (const row of candidates(database, since, wanted)) {
    const known = database.schema.has(row.class);
    const there = known && row.modified > since && database.find(row.class, row.ref) === row;
    if (there && wanted.includes(row.class, row.ref)) yield row;
  }
}

function removalsOf(database: Database, since: number, wanted: Subscription): readonly Removal[] {
  return database.changes
    .removalsSince(since)
    .filter((removal) => wanted.includes(removal.class, removal.ref));
}

function candidates(database: Database, since: number, { objects }: Subscription): Iterable<Row> {
  if (objects !== undefined) {
    return objects.flatMap(({ className, ref }) => database.find(className, ref) ?? []);
  }
  const changes = since === 0 ? 'everything' : database.changes.since(since);
  return changes === 'everything' ? everything(database) : changes;
}

function* everything(database: Database): Iterable<Row> {
  for (const name of database.schema.keys()) yield* database.rows(name);
}

function eventOf(row: Row, operation: 'add' | 'mod'): JsonObject {
  return {
    id: String(row.modified),
    timestamp: '0.0',
    class: row.class.toLowerCase(),
    operation,
    ref: row.ref,
    snapshot: recordOf(row),
  };
}

/** How many objects of each class there are. */
export function refCounts(database: Database): Json {
  return Object.fromEntries(
    [...database.schema.keys()].map((name) => [
      name.toLowerCase(),
      UNCOUNTED.has(name) ? 0 : database.count(name),
    ]),
  );
}
