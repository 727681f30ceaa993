import type { ResourceType } from '@gdcloud/core';
import { explanationBody } from '../render/explanation.js';
import type { Answer } from '../response/api-response.js';
import type { Visit } from './visit.js';

/** `GET|POST /v1/<plural>/<id>?action=explain`: why the resource is not as asked yet. Changes nothing. */
export async function explain(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const { site, caller, root } = visit;
  const explanation = await site.resources.explain(caller, type, id);
  const view = { type, id: explanation.resource.id ?? id, types: site.types, root };
  return { status: 200, body: explanationBody(explanation, view) };
}
