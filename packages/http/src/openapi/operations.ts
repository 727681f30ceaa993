import { filterableFields, type ResourceType } from '@gdcloud/core';
import type {
  ContentObject,
  OperationObject,
  ParameterObject,
  PathItemObject,
  ReferenceObject,
  ResponseObject,
  ResponsesObject,
} from 'openapi3-ts/oas31';
import {
  answerSchemaId,
  BUILT_IN_NAMES,
  builtInInputs,
  EXPLAIN,
  EXPLANATION,
  inputSchemaId,
  isExplain,
} from '../schema/action-schema.js';
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

const DRY_RUN: ParameterObject = {
  name: 'dryRun',
  in: 'query',
  required: false,
  description: 'With plan, nothing is changed and the answer says what would change outside.',
  schema: { type: 'string', enum: ['plan'] },
};

/** The operations of `/v1/<plural>`. */
export function collectionPath(type: ResourceType): PathItemObject {
  return {
    ...(isOffered(type, 'read') ? { get: listOperation(type) } : {}),
    ...(isOffered(type, 'create')
      ? {
          post: {
            ...plannable(operation(type, 'create', `Ask for a new ${type.id}`, { 201: type.id })),
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
    ...(isOffered(type, 'read') ? { get: getOperation(type) } : {}),
    ...(isOffered(type, 'update')
      ? {
          put: {
            ...plannable(
              operation(type, 'update', `Change fields of a ${type.id}`, { 200: type.id }),
            ),
            requestBody: { required: true, content: bodyOf(`${type.id}Update`) },
          },
        }
      : {}),
    ...(isOffered(type, 'delete')
      ? {
          delete: plannable(
            operation(type, 'delete', `Ask for the removal of a ${type.id}`, { 200: type.id }),
          ),
        }
      : {}),
    ...(isOffered(type, 'read') ? { post: actOperation(type) } : {}),
  };
}

/** The operations of `/v1/<plural>/{id}/<link>` where the link leads to bytes. */
export function contentPath(type: ResourceType, direction: 'download' | 'both'): PathItemObject {
  const bytes = { 'application/octet-stream': { schema: {} } };
  const read = operation(type, 'download', `Take out the bytes of a ${type.id}`, {});
  const field = (name: string, description: string): ParameterObject => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  const format = (description: string): ParameterObject => ({
    name: 'format',
    in: 'query',
    required: false,
    description,
    schema: { type: 'string', enum: ['raw', 'vhd'] },
  });
  const bring = (verb: 'put' | 'patch', summary: string): OperationObject => ({
    ...operation(type, verb === 'put' ? 'upload' : 'continue', summary, { 200: type.id }),
    parameters: [
      field('Repr-Digest', 'sha-256=:…: of the whole content; content that differs is refused.'),
      field(
        'Upload-Length',
        'How long the whole content is, where Content-Length does not say it.',
      ),
      ...(verb === 'put'
        ? [format('raw, the default, or a VHD; what says itself what it is made of needs none.')]
        : [field('Upload-Offset', 'Where the part goes on.')]),
    ],
    requestBody: {
      required: true,
      content: verb === 'put' ? bytes : { 'application/partial-upload': { schema: {} } },
    },
  });
  return {
    parameters: [ID],
    get: {
      ...read,
      parameters: [
        format('raw, the default, or one dynamic VHD.'),
        field('Range', 'One range of bytes.'),
        field('If-Range', 'The ETag that the range is to be of.'),
      ],
      responses: {
        ...read.responses,
        200: { description: 'All of it.', content: bytes },
        206: { description: 'The range that was asked for.', content: bytes },
      },
    },
    ...(direction === 'both'
      ? {
          put: bring('put', `Bring the content of a ${type.id}`),
          patch: bring('patch', `Bring more of the content of a ${type.id}`),
        }
      : {}),
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

function getOperation(type: ResourceType): OperationObject {
  const read = operation(type, 'get', `Read a ${type.id}`, { 200: type.id });
  // A type that declares an action of this name has it by POST only, like all it declares.
  if (!isExplain(type, EXPLAIN)) return read;
  const { 200: _plain, ...others }: ResponsesObject = read.responses ?? {};
  return {
    ...read,
    parameters: [
      {
        name: 'action',
        in: 'query',
        required: false,
        schema: { type: 'string', enum: [EXPLAIN] },
        description: 'Says why it is not as asked yet, in its place.',
      },
    ],
    responses: {
      ...others,
      200: {
        description: `Read a ${type.id}`,
        content: {
          'application/json': { schema: { anyOf: [ref(type.id), ref(EXPLANATION)] } },
        },
      },
    },
  };
}

function actOperation(type: ResourceType): OperationObject {
  const inputs = Object.entries({ ...type.actions, ...type.questions })
    .filter(([, action]) => Object.keys(action.input).length > 0)
    .map(([name]) => ref(inputSchemaId(type, name)));
  const builtIn = [...builtInInputs().keys()].map(ref);
  const names = [...Object.keys(type.actions), ...Object.keys(type.questions), ...BUILT_IN_NAMES];
  const answers = [
    ...(isExplain(type, EXPLAIN) ? [EXPLANATION] : []),
    ...Object.keys(type.questions).map((name) => answerSchemaId(type, name)),
  ];
  return {
    ...plannable(
      answering(operation(type, 'act', `Ask an action of a ${type.id}`, { 202: type.id }), answers),
    ),
    parameters: [
      DRY_RUN,
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

/** Adds the answers of what changes nothing: 200 with one of these schemas. */
function answering(asked: OperationObject, schemas: readonly string[]): OperationObject {
  if (schemas.length === 0) return asked;
  const [only] = schemas;
  const schema =
    only !== undefined && schemas.length === 1 ? ref(only) : { anyOf: schemas.map(ref) };
  return {
    ...asked,
    responses: {
      ...asked.responses,
      200: {
        description: asked.summary ?? 'The answer.',
        content: { 'application/json': { schema } },
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

/** Adds what `dryRun` does: 200 with a plan, beside the operation's own answer where that is 200 too. */
function plannable(operation: OperationObject): OperationObject {
  const { responses = {}, ...rest } = operation;
  const own: ResponseObject | ReferenceObject | undefined = responses['200'];
  const schema =
    own === undefined || !('content' in own)
      ? undefined
      : own.content?.['application/json']?.schema;
  return {
    ...rest,
    parameters: [DRY_RUN],
    responses: {
      ...responses,
      200: {
        description:
          schema === undefined
            ? 'With dryRun=plan: the plan.'
            : `${operation.summary}; or the plan.`,
        content: {
          'application/json': {
            schema: schema === undefined ? ref('plan') : { oneOf: [schema, ref('plan')] },
          },
        },
      },
    },
  };
}

function bodyOf(schema: string): ContentObject {
  return {
    'application/json': { schema: ref(schema) },
    'application/x-www-form-urlencoded': { schema: ref(schema) },
    'multipart/form-data': { schema: ref(schema) },
  };
}
