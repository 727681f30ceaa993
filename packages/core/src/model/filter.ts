import { RequestError } from './errors.js';
import { type Field, isNullable } from './field.js';
import type { ResourceType } from './resource-type.js';

/** How a filter compares (reference/gdapi.md 1.4). */
export type Modifier =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'prefix'
  | 'like'
  | 'notlike'
  | 'null'
  | 'notnull';

/** One condition of a list; several are joined by AND. */
export interface Filter {
  readonly field: string;
  readonly modifier: Modifier;
  /** Absent for `null` and `notnull`. */
  readonly value?: string | number | boolean;
}

const TEXT: readonly Modifier[] = ['eq', 'ne', 'prefix', 'like', 'notlike'];
const ORDERED: readonly Modifier[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'];
const EXACT: readonly Modifier[] = ['eq', 'ne'];
const NULLS: readonly Modifier[] = ['null', 'notnull'];

/** The fields every type can be filtered and sorted by, kept in columns of their own. */
export const COLUMN_FIELDS: { readonly [name: string]: Field } = {
  id: { kind: 'reference', required: true, description: 'The friendly id.' },
  uuid: { kind: 'string', required: true, description: 'The identity.' },
  name: { kind: 'string', description: 'The name.' },
  accountId: {
    kind: 'reference',
    target: 'account',
    required: true,
    description: 'The account it belongs to.',
  },
  created: { kind: 'date', required: true, description: 'When it was asked for.' },
  removed: { kind: 'date', description: 'When the last of it was gone.' },
};

/** Fields that lists can be filtered and sorted by, each with the modifiers that fit it. */
export interface FilterableFields {
  readonly [name: string]: { readonly field: Field; readonly modifiers: readonly Modifier[] };
}

/** The fields that lists of a type can be filtered and sorted by, with the modifiers of each. */
export function filterableFields(type: ResourceType): FilterableFields {
  let fields = known.get(type);
  if (fields === undefined) {
    fields = findFilterableFields(type);
    known.set(type, fields);
  }
  return fields;
}

// Declarations never change, and lists ask for this with every parameter.
const known = new WeakMap<ResourceType, FilterableFields>();

function findFilterableFields(type: ResourceType): FilterableFields {
  const fields = { ...COLUMN_FIELDS, ...type.spec, ...type.status };
  return Object.fromEntries(
    Object.entries(fields)
      .filter(
        ([, field]) =>
          field.filter !== 'never' && (field.show ?? 'always') === 'always' && isScalar(field),
      )
      .map(([name, field]) => [name, { field, modifiers: modifiersOf(field) }]),
  );
}

function isScalar(field: Field): boolean {
  return !['array', 'map', 'json', 'password'].includes(field.kind);
}

function modifiersOf(field: Field): readonly Modifier[] {
  const own =
    field.kind === 'string'
      ? TEXT
      : field.kind === 'int' || field.kind === 'date'
        ? ORDERED
        : EXACT;
  return isNullable(field) ? [...own, ...NULLS] : own;
}

/**
 * Reads one query parameter as a filter: `name`, `name_prefix`, `removed_null` with or without a value. Undefined for a
 * name that is no filter of the type: those are ignored, as all servers of the family do.
 * Throws a {@link RequestError} when the value does not fit the field.
 */
export function parseFilter(type: ResourceType, name: string, text: string): Filter | undefined {
  const filterable = filterableFields(type);
  const cut = name.lastIndexOf('_');
  const exact = Object.hasOwn(filterable, name);
  const field = exact ? name : name.slice(0, Math.max(cut, 0));
  const modifier = exact ? 'eq' : name.slice(cut + 1);
  const entry = Object.hasOwn(filterable, field) ? filterable[field] : undefined;
  const known = entry?.modifiers.find((candidate) => candidate === modifier);
  if (entry === undefined || known === undefined) return undefined;
  if (known === 'null' || known === 'notnull') return nullFilter(field, known, text);
  return { field, modifier: known, value: parseValue(field, entry.field, text) };
}

// `removed_null=False` reads as `removed_notnull`: clients that can only send name=value pairs say it so.
function nullFilter(field: string, modifier: 'null' | 'notnull', text: string): Filter {
  const negated = /^(false|no|0)$/i.test(text);
  return { field, modifier: negated ? (modifier === 'null' ? 'notnull' : 'null') : modifier };
}

function parseValue(name: string, field: Field, text: string): string | number | boolean {
  switch (field.kind) {
    case 'int':
      if (/^-?[0-9]{1,15}$/.test(text)) return Number(text);
      break;
    case 'date': {
      const moment = /^[0-9]{1,15}$/.test(text) ? Number(text) : Date.parse(text);
      if (!Number.isNaN(moment)) return moment;
      break;
    }
    case 'boolean':
      if (/^(true|yes|1)$/i.test(text)) return true;
      if (/^(false|no|0)$/i.test(text)) return false;
      break;
    default:
      return text;
  }
  throw new RequestError('InvalidQuery', `${name} can't be compared with that value`, {
    fieldName: name,
  });
}
