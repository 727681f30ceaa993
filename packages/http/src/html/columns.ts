import type { Field, JsonObject, ResourceType } from '@gdcloud/core';
import { shownFieldsOf } from './reader.js';

/** A column of a list. */
export interface Column {
  readonly name: string;
  /** Whether it is in sight before anybody chooses. */
  readonly shown: 'at first' | 'on demand';
}

const SHORT: readonly Field['kind'][] = ['string', 'int', 'boolean', 'enum', 'date', 'reference'];
/** Of a type's own fields so many are in sight. */
const OWN_AT_FIRST = 4;
/** Longer texts are no cells. */
const LONGEST_CELL = 255;
/** What documents of no type have at a glance. */
const UNTYPED = ['id', 'time', 'what', 'why', 'result', 'description'] as const;

/** The columns of a list of a type: what all have, and what of its own fields is short. */
export function columnsOf(type: ResourceType): readonly Column[] {
  const own = Object.entries(shownFieldsOf(type))
    .filter(([, field]) => isShort(field))
    .map(
      ([name], index): Column => ({ name, shown: index < OWN_AT_FIRST ? 'at first' : 'on demand' }),
    );
  const first = ['name', 'id', 'state'].map((name): Column => ({ name, shown: 'at first' }));
  const last: readonly Column[] = [
    { name: 'created', shown: 'at first' },
    { name: 'accountId', shown: 'on demand' },
    { name: 'description', shown: 'on demand' },
  ];
  return [...first, ...own, ...last];
}

/** The columns of documents of no type: what some of them have. */
export function plainColumns(rows: readonly JsonObject[]): readonly Column[] {
  return UNTYPED.filter((name) => rows.some((row) => Object.hasOwn(row, name))).map((name) => ({
    name,
    shown: 'at first',
  }));
}

function isShort({ kind, maxLength = 0, show = 'always' }: Field): boolean {
  return show === 'always' && SHORT.includes(kind) && maxLength <= LONGEST_CELL;
}
