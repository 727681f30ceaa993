import {
  type Fields,
  type Json,
  type JsonObject,
  RequestError,
  type ResourceType,
} from '@gdcloud/core';
import { isoSeconds } from '../render/moment.js';
import { resourceUrl } from '../render/urls.js';
import { bodyFor } from '../request/input.js';
import type { Answer } from '../response/api-response.js';
import { answerSchemaId } from '../schema/action-schema.js';
import type { Visit } from './visit.js';
import { writeOptions } from './write-options.js';

/** `POST /v1/<plural>/<id>?action=<question>`: what the type declares can be asked about a resource. Changes nothing. */
export async function ask(
  visit: Visit,
  type: ResourceType,
  id: string,
  question: string,
): Promise<Answer> {
  if (visit.dryRun === 'plan') {
    throw new RequestError(
      'InvalidAction',
      `${question} changes nothing: there is nothing to plan`,
    );
  }
  const { site, caller, input, root } = visit;
  const { input: asked = {}, output = {} } = type.questions[question] ?? {};
  const body = bodyFor(input, asked, site.now());
  const { generation } = writeOptions(visit);
  const { fields, sockets = {} } = await site.resources.ask(caller, type, id, question, body, {
    generation,
  });
  const resource = resourceUrl(root, type, id);
  const socketRoot = root.replace(/^http/, 'ws');
  return {
    status: 200,
    body: {
      type: answerSchemaId(type, question),
      ...shown(output, fields),
      ...Object.fromEntries(
        Object.entries(sockets).map(([name, path]) => [name, `${socketRoot}/${path}`]),
      ),
      links: { resource },
      actions: {},
    },
  };
}

function shown(output: Fields, fields: JsonObject): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, { kind }] of Object.entries(output)) {
    const value = fields[name] ?? null;
    if (kind === 'date' && typeof value === 'number') {
      body[name] = isoSeconds(value);
      body[`${name}TS`] = value;
    } else {
      body[name] = value;
    }
  }
  return body;
}
