import type { OperationObject, ParameterObject, PathItemObject } from 'openapi3-ts/oas31';
import { eventsPath } from './events-path.js';
import { answer, failures, ON_READ, ref } from './responses.js';

/** The tag of what is about no type in particular. */
export const API_TAG = 'api';

const SCHEMA_ID: ParameterObject = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The name of a type, or its plural.',
};

/** The paths by which a client finds its way: they are there whatever types there are. */
export const API_PATHS: readonly (readonly [string, PathItemObject])[] = [
  ['/', { get: read('version', 'Tell where everything is', 'apiVersion') }],
  ['/schemas', { get: read('list_schema', 'Tell what there is and what can be done', 'schemas') }],
  [
    '/schemas/{id}',
    { parameters: [SCHEMA_ID], get: read('get_schema', 'Tell of one type', 'schema') },
  ],
  [
    '/openapi.json',
    {
      get: {
        operationId: 'openapi',
        summary: 'This document',
        tags: [API_TAG],
        responses: { 200: answer('OpenAPI 3.1.', { type: 'object' }), ...failures(ON_READ) },
      },
    },
  ],
  ['/events', eventsPath(API_TAG)],
];

function read(operationId: string, summary: string, schema: string): OperationObject {
  return {
    operationId,
    summary,
    tags: [API_TAG],
    responses: { 200: answer(`${summary}.`, ref(schema)), ...failures(ON_READ) },
  };
}
