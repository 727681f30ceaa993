import type { SchemaObject } from 'openapi3-ts/oas31';

/** The schema of `links` and of `actions`: URLs by name. */
export const LINKS_SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: { type: 'string', format: 'uri' },
};

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
    links: LINKS_SCHEMA,
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
    links: LINKS_SCHEMA,
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
    links: LINKS_SCHEMA,
    actions: { type: 'object' },
  },
};

/** The schema of `pagination`. */
export const PAGINATION_SCHEMA: SchemaObject = {
  type: ['object', 'null'],
  required: ['limit', 'partial', 'next', 'previous'],
  properties: {
    limit: { type: 'integer' },
    partial: { type: 'boolean', description: 'Whether there is more after this page.' },
    next: { type: ['string', 'null'], format: 'uri', description: 'The page after this one.' },
    previous: { type: ['string', 'null'], format: 'uri' },
    prev: { type: ['string', 'null'], format: 'uri' },
    first: { type: ['string', 'null'], format: 'uri' },
    last: { type: ['string', 'null'], format: 'uri' },
    total: { type: ['integer', 'null'] },
  },
};

/** The schema of an event of a resource's history. */
export const HISTORY_EVENT_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'Something that moved a resource.',
  required: ['type', 'time', 'timeTS', 'what', 'why', 'result'],
  properties: {
    type: { const: 'event' },
    time: { type: 'string', format: 'date-time' },
    timeTS: { type: 'integer', description: 'Milliseconds since 1970.' },
    what: { type: 'string' },
    why: { type: 'string' },
    result: { type: 'string' },
  },
};

/** The schema of the version root: where everything is. */
export const VERSION_SCHEMA: SchemaObject = {
  type: 'object',
  required: ['id', 'type', 'links', 'actions'],
  properties: {
    id: { type: 'string' },
    type: { const: 'apiVersion' },
    links: LINKS_SCHEMA,
    actions: LINKS_SCHEMA,
  },
};

/** The schema of an entry of `/v1/schemas`. */
export const TYPE_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'A type as the caller may use it.',
  required: [
    'id',
    'type',
    'links',
    'pluralName',
    'resourceMethods',
    'collectionMethods',
    'resourceFields',
    'resourceActions',
    'collectionFilters',
  ],
  properties: {
    id: { type: 'string' },
    type: { const: 'schema' },
    links: LINKS_SCHEMA,
    pluralName: { type: 'string' },
    description: { type: ['string', 'null'] },
    resourceMethods: { type: 'array', items: { type: 'string' } },
    collectionMethods: { type: 'array', items: { type: 'string' } },
    resourceFields: { type: 'object', additionalProperties: { type: 'object' } },
    resourceActions: { type: 'object', additionalProperties: { type: 'object' } },
    collectionFilters: { type: 'object', additionalProperties: { type: 'object' } },
  },
};
