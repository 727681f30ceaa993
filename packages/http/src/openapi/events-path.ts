import type { ParameterObject, PathItemObject, SchemaObject } from 'openapi3-ts/oas31';
import { EVENT_PARAMETERS } from '../events/listen-request.js';
import { LINKS_SCHEMA } from './fixed-schemas.js';
import { failures, ON_READ, ref } from './responses.js';

/** The schema of what is told of a change: the data of an event called `change`. */
export const CHANGE_SCHEMA: SchemaObject = {
  type: 'object',
  description:
    'A write that changed what callers see of a resource; and where the resource stands as it is told, or later.',
  required: [
    'type',
    'id',
    'time',
    'timeTS',
    'resourceType',
    'resourceId',
    'resourceUuid',
    'accountId',
    'generation',
    'state',
    'transitioning',
    'removed',
    'events',
    'links',
  ],
  properties: {
    type: { const: 'change' },
    id: { type: 'string', description: 'What to give back to go on right after it.' },
    time: { type: 'string', format: 'date-time' },
    timeTS: { type: 'integer' },
    resourceType: { type: 'string' },
    resourceId: { type: 'string' },
    resourceUuid: { type: 'string', format: 'uuid' },
    accountId: { type: ['string', 'null'] },
    generation: { type: 'integer' },
    state: { type: 'string' },
    transitioning: { type: 'string', enum: ['yes', 'no', 'error'] },
    removed: { type: ['string', 'null'], format: 'date-time' },
    removedTS: { type: 'integer' },
    events: {
      type: 'array',
      description: 'What happened; empty where only what is observed is another than before.',
      items: {
        type: 'object',
        required: ['what', 'why', 'result', 'time', 'timeTS'],
        properties: {
          what: { type: 'string' },
          why: { type: 'string' },
          result: { type: 'string' },
          time: { type: 'string', format: 'date-time' },
          timeTS: { type: 'integer' },
        },
      },
    },
    links: LINKS_SCHEMA,
    resource: {
      type: ['object', 'null'],
      description:
        'With include=resource: as the caller sees it now, null where that is not at all.',
    },
  },
};

/** `GET /events`. */
export function eventsPath(tag: string): PathItemObject {
  return {
    get: {
      operationId: 'events',
      summary: 'Hear of changes as they happen',
      description:
        'Server-sent events: ready, change, reset (what happened since the position is not known any more: list again) and bye (the last). Each ready, change and reset has an id to go on from.',
      tags: [tag],
      parameters: [
        query(EVENT_PARAMETERS.type, 'Only of this type; may be repeated.', {
          type: 'array',
          items: { type: 'string' },
        }),
        query(EVENT_PARAMETERS.id, 'Only of the resource with this id, of the one type named.'),
        query(EVENT_PARAMETERS.account, 'Only of this account; for administrators.'),
        query(EVENT_PARAMETERS.include, 'Each change comes with its resource.', {
          type: 'string',
          enum: ['resource'],
        }),
        query(EVENT_PARAMETERS.after, 'Go on after this position, as Last-Event-ID does.'),
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          description: 'The id that came last; goes before `after`. Neither: from now on.',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: {
          description: 'Events, until one side ends it. The data of changes is as said here.',
          content: { 'text/event-stream': { schema: ref('change') } },
        },
        ...failures(ON_READ),
      },
    },
  };
}

function query(
  name: string,
  description: string,
  schema: SchemaObject = { type: 'string' },
): ParameterObject {
  return { name, in: 'query', required: false, description, schema };
}
