import type { ComponentChildren } from 'preact';
import type { Resource, Schema } from '../../hypermedia/documents.js';

/** A column of a list. */
export interface Column {
  /** The field it is about; what it is sorted by. */
  readonly name: string;
  /** What a cell shows; by default the value of the field. */
  readonly cell?: (resource: Resource) => ComponentChildren;
}

const FIRST: readonly string[] = ['name', 'state'];
const NEVER: readonly string[] = [
  'id',
  'uuid',
  'type',
  'kind',
  'data',
  'rev',
  'description',
  'transitioning',
  'transitioningMessage',
  'transitioningProgress',
  'removed',
  'accountId',
  'created',
];
const MOST = 6;

/** Columns for a type that nobody has chosen any for: its name, its state, and what of its fields is short. */
export function columnsOf({ resourceFields }: Schema): readonly Column[] {
  const own = Object.entries(resourceFields)
    .filter(([name, { type }]) => !FIRST.includes(name) && !NEVER.includes(name) && isShort(type))
    .map(([name]) => name);
  const names = [...FIRST.filter((name) => Object.hasOwn(resourceFields, name)), ...own];
  return [...names.slice(0, MOST - 1), 'created']
    .filter((name) => Object.hasOwn(resourceFields, name))
    .map((name) => ({ name }));
}

function isShort(type: string): boolean {
  return (
    ['string', 'int', 'boolean', 'enum', 'date', 'float'].includes(type) ||
    type.startsWith('reference[')
  );
}
