import {
  bodySchema,
  COMMON_FIELDS,
  COMMON_STATES,
  type Direction,
  exampleOf,
  type Field,
  type Fields,
  type JsonObject,
  type ResourceType,
  valueSchema,
} from '@gdcloud/core';
import type { SchemaObject } from 'openapi3-ts/oas31';
import { createFields, updateFields } from '../schema/resource-fields.js';
import type { TypeRights } from '../schema/type-rights.js';
import { LINKS_SCHEMA, PAGINATION_SCHEMA } from './fixed-schemas.js';

/** Core's JSON Schema in OpenAPI's type: both are JSON Schema 2020-12, the vocabularies are the same. */
function asSchemaObject(schema: JsonObject): SchemaObject {
  return schema as SchemaObject;
}

/** The schema of a request body, as far as the caller's rights go. */
export function requestSchema(
  type: ResourceType,
  direction: Extract<Direction, 'create' | 'update'>,
  rights: TypeRights,
): SchemaObject {
  const fields = direction === 'create' ? createFields(type, rights) : updateFields(type);
  return described(fields, bodySchema(datesAsText(fields), direction));
}

/** The schema of an action's input. */
export function actionSchema(input: Fields): SchemaObject {
  return described(input, bodySchema(datesAsText(input), 'action'));
}

/** The schema of what a question answers. */
export function answerSchema(id: string, output: Fields): SchemaObject {
  return {
    type: 'object',
    required: ['type', ...Object.keys(output), 'links', 'actions'],
    properties: {
      type: { const: id },
      ...shownProperties(output, 'observed'),
      links: LINKS_SCHEMA,
      actions: LINKS_SCHEMA,
    },
  };
}

/** The schema of a resource in an answer. */
export function resourceSchema(type: ResourceType): SchemaObject {
  const properties: Record<string, SchemaObject> = {
    ...commonProperties(type),
    ...shownProperties({ ...COMMON_FIELDS, ...type.spec }, 'desired'),
    ...shownProperties(type.status, 'observed'),
  };
  const fields: Fields = { ...COMMON_FIELDS, ...type.spec, ...type.status };
  const once = Object.keys(fields).filter((name) => fields[name]?.show === 'once');
  const twins = Object.keys(properties).filter(
    (name) => name !== 'createdTS' && name.endsWith('TS') && !Object.hasOwn(fields, name),
  );
  return {
    type: 'object',
    description: type.description,
    required: Object.keys(properties).filter(
      (name) => !once.includes(name) && !twins.includes(name),
    ),
    properties,
  };
}

/** The schema of a page of a collection. */
export function collectionSchema(type: ResourceType): SchemaObject {
  return pageSchema(type.id, type.id);
}

/** The schema of a page of documents of one schema. */
export function pageSchema(resourceType: string, schema: string): SchemaObject {
  return {
    type: 'object',
    required: ['type', 'resourceType', 'links', 'data', 'pagination', 'sort', 'filters'],
    properties: {
      type: { const: 'collection' },
      resourceType: { const: resourceType },
      links: LINKS_SCHEMA,
      data: { type: 'array', items: { $ref: `#/components/schemas/${schema}` } },
      pagination: PAGINATION_SCHEMA,
      sort: { type: ['object', 'null'] },
      sortLinks: LINKS_SCHEMA,
      filters: { type: 'object' },
      createTypes: LINKS_SCHEMA,
      createDefaults: { type: 'object' },
    },
  };
}

function commonProperties(type: ResourceType): Record<string, SchemaObject> {
  return {
    id: { type: 'string', description: 'The id in URLs.' },
    uuid: { type: 'string', format: 'uuid', description: 'Never changes and is never reused.' },
    type: { const: type.id },
    kind: { type: 'string' },
    state: { type: 'string', enum: [...new Set([...type.lifecycle.states, ...COMMON_STATES])] },
    transitioning: {
      type: 'string',
      enum: ['yes', 'no', 'error'],
      description: 'Whether it moves, rests, or needs a person.',
    },
    transitioningMessage: {
      type: ['string', 'null'],
      description: 'What it waits for, or why it failed.',
    },
    transitioningProgress: { type: ['integer', 'null'], description: 'Percent, while it moves.' },
    accountId: { type: ['string', 'null'], description: 'The account it belongs to.' },
    created: { type: 'string', format: 'date-time' },
    createdTS: { type: 'integer', description: 'Milliseconds since 1970.' },
    removed: { type: ['string', 'null'], format: 'date-time' },
    removedTS: { type: 'integer', description: 'Milliseconds since 1970.' },
    links: LINKS_SCHEMA,
    actions: LINKS_SCHEMA,
  };
}

// A desired field has what it was given or its default; an observed one may be unknown yet, whatever it is declared as.
function shownProperties(
  fields: Fields,
  side: 'desired' | 'observed',
): Record<string, SchemaObject> {
  const properties: Record<string, SchemaObject> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.show === 'never') continue;
    properties[name] = readSchema(field, side);
    if (field.kind === 'date') {
      properties[`${name}TS`] = { type: 'integer', description: 'Milliseconds since 1970.' };
    }
  }
  return properties;
}

function readSchema(field: Field, side: 'desired' | 'observed'): SchemaObject {
  const { required: _required, default: _default, ...optional } = field;
  const shown = side === 'desired' ? field : optional;
  const schema = asSchemaObject(
    valueSchema(shown.kind === 'date' ? textInPlaceOfDate(shown) : shown),
  );
  return { ...schema, description: field.description };
}

function described(fields: Fields, schema: JsonObject): SchemaObject {
  const body = asSchemaObject(schema);
  const properties = Object.entries(body.properties ?? {}).map(([name, property]) => {
    const field = fields[name];
    if (field === undefined) return [name, property];
    const example = exampleOf(field);
    return [
      name,
      {
        ...property,
        description: toldOf(field),
        ...(example === undefined ? {} : { examples: [example] }),
      },
    ];
  });
  return { ...body, properties: Object.fromEntries(properties) };
}

// In words only: generators of types take a field with a `default` for one that has to be sent.
function toldOf({ description, default: fallback }: Field): string {
  return fallback === undefined
    ? description
    : `${description} Default: ${JSON.stringify(fallback)}.`;
}

function datesAsText(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      field.kind === 'date' ? textInPlaceOfDate(field) : field,
    ]),
  );
}

function textInPlaceOfDate(field: Field): Field {
  return { ...field, kind: 'string' };
}
