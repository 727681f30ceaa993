import type { TypeRegistry } from '@gdcloud/core';
import { type OpenAPIObject, OpenApiBuilder } from 'openapi3-ts/oas31';
import {
  answerSchemaId,
  builtInInputs,
  EXPLANATION,
  inputSchemaId,
} from '../schema/action-schema.js';
import {
  actionSchema,
  answerSchema,
  collectionSchema,
  ERROR_SCHEMA,
  EXPLANATION_SCHEMA,
  PLAN_SCHEMA,
  requestSchema,
  resourceSchema,
} from './components.js';
import { collectionPath, contentPath, resourcePath } from './operations.js';

/** The OpenAPI 3.1 document of all types, for an API whose version root is `root`. */
export function openApiDocument(types: TypeRegistry, root: string): OpenAPIObject {
  const builder = OpenApiBuilder.create()
    .addTitle('gdcloud')
    .addVersion('v1')
    .addDescription('Compute, storage and networking. Every answer links to what comes next.')
    .addServer({ url: root })
    .addSecurityScheme('accessKey', {
      type: 'http',
      scheme: 'basic',
      description: 'Access key as user name, secret key as password.',
    })
    .addSchema('error', ERROR_SCHEMA)
    .addSchema('plan', PLAN_SCHEMA)
    .addSchema(EXPLANATION, EXPLANATION_SCHEMA);
  for (const [id, input] of builtInInputs()) builder.addSchema(id, actionSchema(input));
  for (const type of types.all()) {
    builder
      .addTag({ name: type.plural, description: type.description })
      .addSchema(type.id, resourceSchema(type))
      .addSchema(`${type.id}Collection`, collectionSchema(type))
      .addSchema(`${type.id}Create`, requestSchema(type, 'create'))
      .addSchema(`${type.id}Update`, requestSchema(type, 'update'))
      .addPath(`/${type.plural}`, collectionPath(type))
      .addPath(`/${type.plural}/{id}`, resourcePath(type));
    for (const [name, link] of Object.entries(type.links)) {
      if (link.kind === 'content')
        builder.addPath(`/${type.plural}/{id}/${name}`, contentPath(type, link.direction));
    }
    for (const [name, action] of Object.entries({ ...type.actions, ...type.questions })) {
      if (Object.keys(action.input).length > 0) {
        builder.addSchema(inputSchemaId(type, name), actionSchema(action.input));
      }
    }
    for (const [name, { output }] of Object.entries(type.questions)) {
      const id = answerSchemaId(type, name);
      builder.addSchema(id, answerSchema(id, output));
    }
  }
  return { ...builder.getSpec(), security: [{ accessKey: [] }] };
}
