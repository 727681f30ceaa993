import type { ResourceType } from '@gdcloud/core';
import type {
  ContentObject,
  OperationObject,
  PathItemObject,
  ReferenceObject,
  ResponsesObject,
  SchemaObject,
} from 'openapi3-ts/oas31';
import {
  answerSchemaId,
  builtInSchemaId,
  builtInsFor,
  EXPLAIN,
  EXPLANATION,
  hasFields,
  inputSchemaId,
  inputsFor,
  isExplain,
  questionsFor,
} from '../schema/action-schema.js';
import type { TypeRights } from '../schema/type-rights.js';
import {
  actionParameter,
  DRY_RUN,
  ID,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  listParameterRefs,
  pageParameter,
} from './parameters.js';
import { answer, CREATED, ETAG, failures, ON_READ, ON_WRITE, ref } from './responses.js';

/** The operations of `/v1/<plural>`, as far as the caller's rights go. */
export function collectionPath(type: ResourceType, rights: TypeRights): PathItemObject {
  return {
    ...(rights.has('read')
      ? { get: listOperation(type, `list_${type.id}`, `List ${type.plural}`, [type.plural]) }
      : {}),
    ...(rights.has('create')
      ? {
          post: createOperation(type, `create_${type.id}`, `Ask for a new ${type.id}`, [
            type.plural,
          ]),
        }
      : {}),
  };
}

/** The operations of `/v1/<plural>/{id}`; actions are POSTs to it with a query. */
export function resourcePath(type: ResourceType, rights: TypeRights): PathItemObject {
  return {
    parameters: [ID],
    ...(rights.has('read') ? { get: getOperation(type) } : {}),
    ...(rights.has('update') ? { put: updateOperation(type) } : {}),
    ...(rights.has('delete') ? { delete: deleteOperation(type) } : {}),
    ...(rights.has('read') ? { post: actOperation(type, rights) } : {}),
  };
}

/** A list of a type, wherever it is found. */
export function listOperation(
  type: ResourceType,
  operationId: string,
  summary: string,
  tags: string[],
): OperationObject {
  return {
    operationId,
    summary,
    tags,
    parameters: listParameterRefs(type),
    responses: { 200: answer('A page.', ref(`${type.id}Collection`)), ...failures(ON_READ) },
  };
}

/** A create of a type, wherever it is sent. */
export function createOperation(
  type: ResourceType,
  operationId: string,
  summary: string,
  tags: string[],
): OperationObject {
  return {
    operationId,
    summary,
    tags,
    parameters: [DRY_RUN, IDEMPOTENCY_KEY],
    requestBody: { required: true, content: bodyOf(`${type.id}Create`) },
    responses: {
      200: answer('With dryRun=plan: the plan.', ref('plan')),
      201: answer('It is recorded, and on its way.', ref(type.id), CREATED),
      ...failures(ON_WRITE),
    },
  };
}

function getOperation(type: ResourceType): OperationObject {
  // A type that declares an action of this name has it by POST only, like all it declares.
  const explains = isExplain(type, EXPLAIN);
  return {
    operationId: `get_${type.id}`,
    summary: `Read a ${type.id}`,
    tags: [type.plural],
    parameters: [
      pageParameter('include'),
      ...(explains
        ? [
            {
              name: 'action',
              in: 'query' as const,
              required: false,
              schema: { type: 'string' as const, enum: [EXPLAIN] },
              description: 'Says why it is not as asked yet, in its place.',
            },
          ]
        : []),
    ],
    responses: {
      200: answer(
        `The ${type.id}${explains ? ', or why it is not as asked yet' : ''}.`,
        explains ? { anyOf: [ref(type.id), ref(EXPLANATION)] } : ref(type.id),
        ETAG,
      ),
      ...failures(ON_READ),
    },
  };
}

function updateOperation(type: ResourceType): OperationObject {
  return {
    operationId: `update_${type.id}`,
    summary: `Change fields of a ${type.id}`,
    tags: [type.plural],
    parameters: [DRY_RUN, IDEMPOTENCY_KEY, IF_MATCH],
    requestBody: { required: true, content: bodyOf(`${type.id}Update`) },
    responses: {
      200: answer('It is recorded; or, with dryRun=plan, the plan.', orPlan(type), ETAG),
      ...failures(ON_WRITE),
    },
  };
}

function deleteOperation(type: ResourceType): OperationObject {
  return {
    operationId: `delete_${type.id}`,
    summary: `Ask for the removal of a ${type.id}`,
    tags: [type.plural],
    parameters: [DRY_RUN, IDEMPOTENCY_KEY, IF_MATCH],
    responses: {
      200: answer('It is recorded; or, with dryRun=plan, the plan.', orPlan(type)),
      ...failures(ON_WRITE),
    },
  };
}

function actOperation(type: ResourceType, rights: TypeRights): OperationObject {
  const declared = inputsFor(type, rights);
  const builtIn = builtInsFor(type, rights);
  const inputs = [
    ...[...declared].flatMap(([name, input]) =>
      hasFields(input) ? [ref(inputSchemaId(type, name))] : [],
    ),
    ...builtIn.flatMap(([name, { input }]) =>
      hasFields(input) ? [ref(builtInSchemaId(name))] : [],
    ),
  ];
  const answers = [
    ...(isExplain(type, EXPLAIN) ? [ref(EXPLANATION)] : []),
    ...questionsFor(type, rights).map(([name]) => ref(answerSchemaId(type, name))),
    ref('plan'),
  ];
  return {
    operationId: `act_${type.id}`,
    summary: `Ask an action of a ${type.id}`,
    tags: [type.plural],
    parameters: [
      DRY_RUN,
      IDEMPOTENCY_KEY,
      IF_MATCH,
      actionParameter([...declared.keys(), ...builtIn.map(([name]) => name)]),
    ],
    requestBody: {
      required: false,
      content: {
        'application/json': {
          schema:
            inputs.length === 0 ? { type: 'object' } : { anyOf: [...inputs, { type: 'object' }] },
        },
      },
    },
    responses: actResponses(type, answers),
  };
}

function actResponses(type: ResourceType, answers: readonly ReferenceObject[]): ResponsesObject {
  return {
    200: answer('The answer of what changes nothing, or the plan.', oneOf(answers)),
    202: answer('It is recorded, and on its way.', ref(type.id)),
    ...failures(ON_WRITE),
  };
}

function oneOf(schemas: readonly ReferenceObject[]): SchemaObject | ReferenceObject {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : { oneOf: [...schemas] };
}

function orPlan(type: ResourceType): { oneOf: ReferenceObject[] } {
  return { oneOf: [ref(type.id), ref('plan')] };
}

function bodyOf(schema: string): ContentObject {
  return {
    'application/json': { schema: ref(schema) },
    'application/x-www-form-urlencoded': { schema: ref(schema) },
    'multipart/form-data': { schema: ref(schema) },
  };
}
