import { type Field, filterableFields, type ResourceType } from '@gdcloud/core';
import type { ParameterObject, ReferenceObject, SchemaObject } from 'openapi3-ts/oas31';

/** The id in paths of resources. */
export const ID: ParameterObject = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The friendly id, or the natural key of types that have one.',
};

/** Asks for a plan in place of the write. */
export const DRY_RUN: ParameterObject = {
  name: 'dryRun',
  in: 'query',
  required: false,
  description: 'With plan, nothing is changed and the answer says what would change outside.',
  schema: { type: 'string', enum: ['plan'] },
};

/** Makes a write depend on the resource's not having been changed since it was read. */
export const IF_MATCH: ParameterObject = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'An ETag of the resource: 412 where its desired state has changed since.',
  schema: { type: 'string' },
};

/** Has a request carried out once, however often it is sent. */
export const IDEMPOTENCY_KEY: ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Has the request carried out once, however often it is sent within a day: 1 to 255 printable characters, new for each request.',
  schema: { type: 'string', minLength: 1 },
};

/** Makes an action's name part of the query. */
export function actionParameter(names: readonly string[]): ParameterObject {
  return {
    name: 'action',
    in: 'query',
    required: true,
    description: 'What is asked for; `actions` of the resource lists what is possible now.',
    schema: { type: 'string', enum: [...names] },
  };
}

/** The parameters of every list, by the names that operations refer to them by. */
export const PAGE_PARAMETERS: Readonly<Record<string, ParameterObject>> = {
  limit: query('limit', 'Resources a page.', { type: 'integer', minimum: 1, default: 100 }),
  marker: query('marker', 'Where a page starts; from pagination.next.', { type: 'string' }),
  order: query('order', 'Which way.', { type: 'string', enum: ['asc', 'desc'], default: 'asc' }),
  include: query(
    'include',
    'Puts what links lead to into the answer, under their names; `includeableLinks` of the type’s schema are possible.',
    { type: 'array', maxItems: 8, items: { type: 'string' } },
  ),
  total: {
    ...query('total', 'Counts all pages: costs a look at everything.', { type: 'boolean' }),
    allowEmptyValue: true,
  },
};

/** A reference to one of {@link PAGE_PARAMETERS}. */
export function pageParameter(name: keyof typeof PAGE_PARAMETERS): ReferenceObject {
  return { $ref: `#/components/parameters/${name}` };
}

/** What lists of a type can be sorted and filtered by, by the names that operations refer to them by. */
export function filterParameters(type: ResourceType): Readonly<Record<string, ParameterObject>> {
  const fields = filterableFields(type);
  const filters = Object.entries(fields).flatMap(([name, { field, modifiers }]) =>
    modifiers.map((modifier) => filter(name, field, modifier)),
  );
  const sort = query('sort', 'Field to sort by.', { type: 'string', enum: Object.keys(fields) });
  return Object.fromEntries(
    [sort, ...filters].map((parameter) => [`${type.id}.${parameter.name}`, parameter]),
  );
}

/** The query of a list: page, order, and every filter that the type has. */
export function listParameterRefs(type: ResourceType): ReferenceObject[] {
  return [...Object.keys(PAGE_PARAMETERS), ...Object.keys(filterParameters(type))].map((name) => ({
    $ref: `#/components/parameters/${name}`,
  }));
}

const WORDS: Readonly<Record<string, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
  prefix: 'begins with',
  like: 'is like (% stands for any text, _ for one character)',
  notlike: 'is not like (% stands for any text, _ for one character)',
};

function filter(name: string, field: Field, modifier: string): ParameterObject {
  if (modifier === 'null' || modifier === 'notnull') {
    const words = modifier === 'null' ? 'has no value' : 'has a value';
    return {
      ...query(`${name}_${modifier}`, `Only those whose ${name} ${words}.`, { type: 'boolean' }),
      allowEmptyValue: true,
    };
  }
  const words = `Only those whose ${name} ${WORDS[modifier] ?? modifier} this.`;
  return query(
    modifier === 'eq' ? name : `${name}_${modifier}`,
    words,
    valueSchemaOf(field, modifier),
  );
}

function valueSchemaOf(field: Field, modifier: string): SchemaObject {
  switch (field.kind) {
    case 'int':
      return { type: 'integer' };
    case 'boolean':
      return { type: 'boolean' };
    case 'enum':
      return modifier === 'eq' || modifier === 'ne'
        ? { type: 'string', enum: [...(field.options ?? [])] }
        : { type: 'string' };
    case 'date':
      return { type: 'string', description: 'ISO 8601, or milliseconds since 1970.' };
    default:
      return { type: 'string' };
  }
}

function query(name: string, description: string, schema: SchemaObject): ParameterObject {
  return { name, in: 'query', required: false, description, schema };
}
