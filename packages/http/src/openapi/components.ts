import {
  bodySchema,
  COMMON_FIELDS,
  COMMON_STATES,
  type Direction,
  type Field,
  type Fields,
  type JsonObject,
  type ResourceType,
  valueSchema,
} from '@gdcloud/core';
import type { SchemaObject } from 'openapi3-ts/oas31';
import { UUID_FIELD } from '../schema/resource-fields.js';

/** Core's JSON Schema in OpenAPI's type: both are JSON Schema 2020-12, the vocabularies are the same. */
function asSchemaObject(schema: JsonObject): SchemaObject {
  return schema as SchemaObject;
}

/** The schema of a request body. */
export function requestSchema(type: ResourceType, direction: Direction): SchemaObject {
  const identity = direction === 'create' ? { uuid: UUID_FIELD } : {};
  return asSchemaObject(
    bodySchema(datesAsText({ ...identity, ...COMMON_FIELDS, ...type.spec }), direction),
  );
}

/** The schema of an action's input. */
export function actionSchema(input: Fields): SchemaObject {
  return asSchemaObject(bodySchema(datesAsText(input), 'action'));
}

/** The schema of what a question answers. */
export function answerSchema(id: string, output: Fields): SchemaObject {
  const properties: Record<string, SchemaObject> = { type: { const: id } };
  for (const [name, field] of Object.entries(output)) {
    properties[name] = readSchema(field);
    if (field.kind === 'date') properties[`${name}TS`] = { type: 'integer' };
  }
  return {
    type: 'object',
    required: ['type', 'links', 'actions'],
    properties: { ...properties, links: LINKS, actions: LINKS },
  };
}

/** The schema of a resource in an answer. */
export function resourceSchema(type: ResourceType): SchemaObject {
  const properties: Record<string, SchemaObject> = { ...commonProperties(type) };
  for (const [name, field] of Object.entries({ ...COMMON_FIELDS, ...type.spec, ...type.status })) {
    if (field.show === 'never') continue;
    properties[name] = readSchema(field);
    if (field.kind === 'date') properties[`${name}TS`] = { type: 'integer' };
  }
  return {
    type: 'object',
    description: type.description,
    required: ['id', 'uuid', 'type', 'state', 'transitioning', 'links', 'actions'],
    properties,
  };
}

/** The schema of a page of a collection. */
export function collectionSchema(type: ResourceType): SchemaObject {
  return {
    type: 'object',
    required: ['type', 'resourceType', 'links', 'data'],
    properties: {
      type: { const: 'collection' },
      resourceType: { const: type.id },
      links: LINKS,
      data: { type: 'array', items: { $ref: `#/components/schemas/${type.id}` } },
      pagination: { type: ['object', 'null'] },
      sort: { type: ['object', 'null'] },
      sortLinks: LINKS,
      filters: { type: 'object' },
      createTypes: LINKS,
      createDefaults: { type: 'object' },
    },
  };
}

/** The schema of errors. */
export const ERROR_SCHEMA: SchemaObject = {
  type: 'object',
  required: ['id', 'type', 'status', 'code', 'message', 'detail', 'fieldName'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    type: { const: 'error' },
    status: { type: 'integer' },
    code: { type: 'string' },
    message: { type: 'string' },
    detail: { type: ['string', 'null'] },
    fieldName: { type: ['string', 'null'] },
  },
};

const PLANNED_RESOURCE: SchemaObject = {
  type: 'object',
  required: ['type', 'id', 'name'],
  properties: {
    type: { type: 'string' },
    id: { type: ['string', 'null'], description: 'Null while it is not there.' },
    name: { type: ['string', 'null'] },
  },
};

/** The schema of plans. */
export const PLAN_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'What a write would lead to outside. A forecast: nothing is held for it.',
  required: ['type', 'resource', 'steps', 'waits', 'complete', 'why'],
  properties: {
    type: { const: 'plan' },
    resource: PLANNED_RESOURCE,
    steps: {
      type: 'array',
      description: 'What would change outside, in the order it would happen.',
      items: {
        type: 'object',
        required: ['resource', 'part', 'driver', 'verb', 'why'],
        properties: {
          resource: PLANNED_RESOURCE,
          part: { type: 'string' },
          driver: { type: 'string' },
          verb: { type: 'string', enum: ['create', 'update', 'delete'] },
          field: { type: 'string', description: 'What an update changes.' },
          desired: { description: 'What it is to be.' },
          actual: { description: 'What it is.' },
          room: {
            type: 'object',
            description: 'What the object takes then, in bytes, where that is known: of disks.',
            required: ['virtualBytes', 'physicalBytes'],
            properties: {
              virtualBytes: { type: 'integer', description: 'As guests see it.' },
              physicalBytes: { type: 'integer', description: 'Where it is kept.' },
            },
          },
          why: { type: 'string', description: 'Who wants it.' },
        },
      },
    },
    waits: {
      type: 'array',
      items: { type: 'string' },
      description: 'What would still be waited for after these steps.',
    },
    complete: { type: 'string', enum: ['yes', 'no'] },
    why: { type: ['string', 'null'], description: 'Where the plan ends before its end.' },
    links: { type: 'object', additionalProperties: { type: 'string', format: 'uri' } },
    actions: { type: 'object' },
  },
};

const NAMED_RESOURCE: SchemaObject = {
  type: 'object',
  required: ['name', 'type', 'id', 'uuid', 'links'],
  properties: {
    name: { type: 'string' },
    type: { type: ['string', 'null'] },
    id: { type: ['string', 'null'] },
    uuid: { type: ['string', 'null'] },
    links: { type: 'object', additionalProperties: { type: 'string', format: 'uri' } },
  },
};

/** The schema of what `?action=explain` answers. */
export const EXPLANATION_SCHEMA: SchemaObject = {
  type: 'object',
  required: ['type', 'verdict', 'asAsked', 'resource', 'root', 'chain', 'suggestions', 'links'],
  properties: {
    type: { const: 'explanation' },
    name: { type: 'string' },
    verdict: { type: 'string', description: 'One sentence, for people.' },
    asAsked: { type: 'string', enum: ['yes', 'no'] },
    resource: NAMED_RESOURCE,
    root: {
      anyOf: [
        {
          allOf: [
            NAMED_RESOURCE,
            {
              type: 'object',
              required: ['condition', 'reason', 'message'],
              properties: {
                condition: { type: 'string' },
                reason: { type: 'string' },
                message: { type: 'string' },
              },
            },
          ],
        },
        { type: 'null' },
      ],
    },
    chain: { type: 'array', items: NAMED_RESOURCE },
    generation: { type: 'integer' },
    observedGeneration: { type: 'integer' },
    attemptedGeneration: { type: 'integer' },
    conditions: { type: 'array', items: { type: 'object' } },
    lock: { type: ['object', 'null'] },
    passes: { type: 'array', items: { type: 'object' } },
    nextAttemptAt: { type: ['string', 'null'], format: 'date-time' },
    nextAttemptAtTS: { type: 'integer' },
    attempts: { type: 'integer' },
    lastError: { type: ['object', 'null'] },
    breakers: { type: 'array', items: { type: 'object' } },
    placement: { type: 'array', items: { type: 'object' } },
    suggestions: { type: 'array', items: { type: 'object' } },
    links: { type: 'object', additionalProperties: { type: 'string', format: 'uri' } },
    actions: { type: 'object' },
  },
};

const LINKS: SchemaObject = {
  type: 'object',
  additionalProperties: { type: 'string', format: 'uri' },
};

function commonProperties(type: ResourceType): Record<string, SchemaObject> {
  return {
    id: { type: 'string' },
    uuid: { type: 'string', format: 'uuid' },
    type: { const: type.id },
    kind: { type: 'string' },
    state: { type: 'string', enum: [...new Set([...type.lifecycle.states, ...COMMON_STATES])] },
    transitioning: { type: 'string', enum: ['yes', 'no', 'error'] },
    transitioningMessage: { type: ['string', 'null'] },
    transitioningProgress: { type: ['integer', 'null'] },
    accountId: { type: ['string', 'null'] },
    created: { type: 'string', format: 'date-time' },
    createdTS: { type: 'integer' },
    removed: { type: ['string', 'null'], format: 'date-time' },
    removedTS: { type: 'integer' },
    links: LINKS,
    actions: LINKS,
  };
}

// Observed fields may be unknown yet whatever their declaration says, so every field may read as null.
function readSchema(field: Field): SchemaObject {
  const { required: _required, default: _default, ...optional } = field;
  const schema = asSchemaObject(
    valueSchema(field.kind === 'date' ? textInPlaceOfDate(optional) : optional),
  );
  return { ...schema, description: field.description };
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
