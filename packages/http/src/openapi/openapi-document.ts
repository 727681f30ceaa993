import type { ResourceType, TypeRegistry } from '@gdcloud/core';
import { type OpenAPIObject, OpenApiBuilder, type ParameterObject } from 'openapi3-ts/oas31';
import {
  answerSchemaId,
  builtInSchemaId,
  builtInsFor,
  EXPLANATION,
  hasFields,
  inputSchemaId,
  inputsFor,
  questionsFor,
} from '../schema/action-schema.js';
import type { TypeRights } from '../schema/type-rights.js';
import { API_PATHS, API_TAG } from './api-paths.js';
import { CHANGE_SCHEMA } from './events-path.js';
import {
  ERROR_SCHEMA,
  EXPLANATION_SCHEMA,
  HISTORY_EVENT_SCHEMA,
  PLAN_SCHEMA,
  TYPE_SCHEMA,
  VERSION_SCHEMA,
} from './fixed-schemas.js';
import { linkPaths } from './link-paths.js';
import { collectionPath, resourcePath } from './operations.js';
import { filterParameters, PAGE_PARAMETERS } from './parameters.js';
import {
  actionSchema,
  answerSchema,
  collectionSchema,
  pageSchema,
  requestSchema,
  resourceSchema,
} from './resource-schemas.js';
import { failureResponses } from './responses.js';
import type { Rights } from './rights.js';

/** The OpenAPI 3.1 document of all that a caller may use: what it may not do is not in it. Its servers are left out. */
export function openApiDocument(types: TypeRegistry, rights: Rights): OpenAPIObject {
  const builder = OpenApiBuilder.create()
    .addTitle('gdcloud')
    .addVersion('v1')
    .addDescription('Compute, storage and networking. Every answer links to what comes next.')
    .addLicense({ name: 'Apache-2.0', identifier: 'Apache-2.0' })
    .addTag({ name: API_TAG, description: 'The way to everything else.' })
    .addSecurityScheme('accessKey', {
      type: 'http',
      scheme: 'basic',
      description:
        'A user name and its password, or an access key as user name and its secret key as password.',
    })
    .addSchema('error', ERROR_SCHEMA)
    .addSchema('plan', PLAN_SCHEMA)
    .addSchema(EXPLANATION, EXPLANATION_SCHEMA)
    .addSchema('apiVersion', VERSION_SCHEMA)
    .addSchema('schema', TYPE_SCHEMA)
    .addSchema('schemas', pageSchema('schema', 'schema'))
    .addSchema('event', HISTORY_EVENT_SCHEMA)
    .addSchema('change', CHANGE_SCHEMA)
    .addSchema('history', pageSchema('event', 'event'));
  for (const [name, response] of Object.entries(failureResponses())) {
    builder.addResponse(name, response);
  }
  addParameters(builder, PAGE_PARAMETERS);
  for (const [path, item] of API_PATHS) builder.addPath(path, item);
  for (const [type, own] of rights) {
    addType(builder, type, own);
    for (const [path, item] of linkPaths(type, types, rights)) builder.addPath(path, item);
  }
  const { servers: _none, ...document } = builder.getSpec();
  return { ...document, security: [{ accessKey: [] }] };
}

function addType(builder: OpenApiBuilder, type: ResourceType, rights: TypeRights): void {
  builder
    .addTag({ name: type.plural, description: type.description })
    .addSchema(type.id, resourceSchema(type))
    .addPath(`/${type.plural}`, collectionPath(type, rights))
    .addPath(`/${type.plural}/{id}`, resourcePath(type, rights));
  if (rights.has('read')) {
    builder.addSchema(`${type.id}Collection`, collectionSchema(type));
    addParameters(builder, filterParameters(type));
  }
  for (const direction of ['create', 'update'] as const) {
    if (!rights.has(direction)) continue;
    const name = direction === 'create' ? `${type.id}Create` : `${type.id}Update`;
    builder.addSchema(name, requestSchema(type, direction, rights));
  }
  for (const [name, input] of inputsFor(type, rights)) {
    if (hasFields(input)) builder.addSchema(inputSchemaId(type, name), actionSchema(input));
  }
  for (const [name, { input }] of builtInsFor(type, rights)) {
    if (hasFields(input)) builder.addSchema(builtInSchemaId(name), actionSchema(input));
  }
  for (const [name, { output }] of questionsFor(type, rights)) {
    const id = answerSchemaId(type, name);
    builder.addSchema(id, answerSchema(id, output));
  }
}

function addParameters(
  builder: OpenApiBuilder,
  parameters: Readonly<Record<string, ParameterObject>>,
): void {
  for (const [name, parameter] of Object.entries(parameters)) builder.addParameter(name, parameter);
}
