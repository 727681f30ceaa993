import { filterableFields, type ResourceType } from '@gdcloud/core';
import type {
  ContentObject,
  OperationObject,
  ParameterObject,
  PathItemObject,
  ResponsesObject,
} from 'openapi3-ts/oas31';
import { BUILT_IN_NAMES, builtInInputs, inputSchemaId } from '../schema/action-schema.js';
import { isOffered } from '../schema/type-rights.js';

const ref = (schema: string): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${schema}`,
});

const ID: ParameterObject = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The friendly id, or the natural key of types that have one.',
};

/** The operations of `/v1/<plural>`. */
export function collectionPath(type: ResourceType): PathItemObject {
  return {
    ...(isOffered(type, 'read') ? { get: listOperation(type) } : {}),
    ...(isOffered(type, 'create')
      ? {
          post: {
            ...operation(type, 'create', `Ask for a new ${type.id}`, { 201: type.id }),
            requestBody: { required: true, content: bodyOf(`${type.id}Create`) },
          },
        }
      : {}),
  };
}

/** The operations of `/v1/<plural>/{id}`; actions are POSTs to it with a query. */
export function resourcePath(type: ResourceType): PathItemObject {
  return {
    parameters: [ID],
    ...(isOffered(type, 'read')
      ? { get: operation(type, 'get', `Read a ${type.id}`, { 200: type.id }) }
      : {}),
    ...(isOffered(type, 'update')
      ? {
          put: {
            ...operation(type, 'update', `Change fields of a ${type.id}`, { 200: type.id }),
            requestBody: { required: true, content: bodyOf(`${type.id}Update`) },
          },
        }
      : {}),
    ...(isOffered(type, 'delete')
      ? {
          delete: operation(type, 'delete', `Ask for the removal of a ${type.id}`, {
            200: type.id,
          }),
        }
      : {}),
    ...(isOffered(type, 'read') ? { post: actOperation(type) } : {}),
  };
}

function listOperation(type: ResourceType): OperationObject {
  const query = (name: string, description: string): ParameterObject => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'string' },
  });
  const filters = Object.entries(filterableFields(type)).flatMap(([name, { modifiers }]) => [
    query(name, `Equals.`),
    ...modifiers
      .filter((modifier) => modifier !== 'eq')
      .map((modifier) => query(`${name}_${modifier}`, `Filter: ${name} ${modifier}.`)),
  ]);
  return {
    ...operation(type, 'list', `List ${type.plural}`, { 200: `${type.id}Collection` }),
    parameters: [
      query('limit', 'Resources a page: 1 to 1000.'),
      query('marker', 'Where a page starts; from pagination.next.'),
      query('sort', 'Field to sort by.'),
      query('order', 'asc or desc.'),
      ...filters,
    ],
  };
}

function actOperation(type: ResourceType): OperationObject {
  const inputs = Object.entries(type.actions)
    .filter(([, action]) => Object.keys(action.input).length > 0)
    .map(([name]) => ref(inputSchemaId(type, name)));
  const builtIn = [...builtInInputs().keys()].map(ref);
  const names = [...Object.keys(type.actions), ...BUILT_IN_NAMES];
  return {
    ...operation(type, 'act', `Ask an action of a ${type.id}`, { 202: type.id }),
    parameters: [
      {
        name: 'action',
        in: 'query',
        required: true,
        schema: { type: 'string', enum: [...new Set(names)] },
      },
    ],
    requestBody: {
      required: false,
      content: {
        'application/json': { schema: { anyOf: [...inputs, ...builtIn, { type: 'object' }] } },
      },
    },
  };
}

function operation(
  type: ResourceType,
  verb: string,
  summary: string,
  success: Readonly<Record<number, string>>,
): OperationObject {
  const responses: ResponsesObject = {
    default: {
      description: 'What went wrong.',
      content: { 'application/json': { schema: ref('error') } },
    },
  };
  for (const [status, schema] of Object.entries(success)) {
    responses[status] = {
      description: summary,
      content: { 'application/json': { schema: ref(schema) } },
    };
  }
  return { operationId: `${verb}_${type.id}`, summary, tags: [type.plural], responses };
}

function bodyOf(schema: string): ContentObject {
  return {
    'application/json': { schema: ref(schema) },
    'application/x-www-form-urlencoded': { schema: ref(schema) },
    'multipart/form-data': { schema: ref(schema) },
  };
}
