import { isList, isMap, type Reduction, type Value } from './scenario.js';

/** Takes the fields that recordings leave out of every record. */
export function withoutFields(value: Value, dropped: ReadonlySet<string>): Value {
  if (isList(value)) return value.map((item) => withoutFields(item, dropped));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !dropped.has(key))
      .map(([key, item]) => [key, withoutFields(item, dropped)]),
  );
}

function entries(value: Value): number {
  if (isList(value) || typeof value === 'string') return value.length;
  return isMap(value) ? Object.keys(value).length : 0;
}

/** The name of a value's type in Python. A whole number cannot be told from a float without its text. */
function typeOf(value: Value): string {
  if (value === null) return 'NoneType';
  if (isList(value)) return 'list';
  if (isMap(value)) return 'dict';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int' : 'float';
}

function eventsOf(value: Value): readonly Readonly<Record<string, Value>>[] {
  const events = isMap(value) ? value['events'] : undefined;
  return isList(events) ? events.filter(isMap) : [];
}

const QUIET: ReadonlySet<Value | undefined> = new Set(['task', 'session']);

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function summary(value: Value, recorded: Value | undefined): Value {
  const events = eventsOf(value)
    .filter((event) => !QUIET.has(event['class']))
    .map(
      (event): Value => [
        event['class'] ?? null,
        event['operation'] ?? null,
        event['ref'] ?? null,
        event['snapshot'] !== undefined,
      ],
    );
  const counts = isMap(value) && isMap(value['valid_ref_counts']) ? value['valid_ref_counts'] : {};
  const asked =
    isMap(recorded) && isMap(recorded['valid_ref_counts']) ? recorded['valid_ref_counts'] : {};
  const kept = Object.entries(counts).filter(
    ([name, count]) => !QUIET.has(name) && (count !== 0 || Object.hasOwn(asked, name)),
  );
  return { events: distinct(events), valid_ref_counts: Object.fromEntries(kept) };
}

function classes(value: Value): Value {
  const events = eventsOf(value).filter((event) => !QUIET.has(event['class']));
  return {
    classes: distinct(events.map((event) => event['class'] ?? null)),
    operations: distinct(events.map((event) => event['operation'] ?? null)),
    has_snapshot: distinct(events.map((event) => event['snapshot'] !== undefined)),
    keys_of_answer: isMap(value) ? Object.keys(value) : [],
    keys_of_event: distinct(events.flatMap((event) => Object.keys(event))),
    token_type: typeOf(isMap(value) ? (value['token'] ?? null) : null),
  };
}

function wholeEvents(value: Value): Value {
  const events = eventsOf(value).map(({ id: _id, timestamp: _timestamp, ...event }) => event);
  return { events };
}

/** Keeps of an answer what a step's `reduce` says; the recorded one says which reference counts are the main ones. */
export function reduced(
  kind: Reduction | undefined,
  value: Value,
  recorded: Value | undefined,
): Value {
  switch (kind) {
    case undefined:
      return value;
    case 'count':
      return { count: entries(value) };
    case 'keys':
      return { keys: isMap(value) ? Object.keys(value) : [] };
    case 'type':
      return { type: typeOf(value) };
    case 'events':
      return summary(value, recorded);
    case 'events-full':
      return wholeEvents(value);
    case 'classes-of-events':
      return classes(value);
  }
}
