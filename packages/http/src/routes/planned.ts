import type { JsonObject, PlannedResource, PlanRequest, ResourceType } from '@gdcloud/core';
import { resourceUrl, schemaUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import type { Visit } from './visit.js';

/** Answers a write that is only planned: 200 with what it would lead to, whatever the write itself answers. */
export async function planned(
  visit: Visit,
  type: ResourceType,
  request: PlanRequest,
): Promise<Answer> {
  const { site, caller, root } = visit;
  const plan = await site.resources.plan(caller, type, request);
  const { id } = plan.resource;
  return {
    status: 200,
    body: {
      type: 'plan',
      links: {
        schema: schemaUrl(root, 'plan'),
        ...(id === null ? {} : { resource: resourceUrl(root, type, id) }),
      },
      actions: {},
      resource: resourceBody(plan.resource),
      steps: plan.steps.map(({ room, resource, ...step }) => ({
        ...step,
        resource: resourceBody(resource),
        ...(room === undefined ? {} : { room: { ...room } }),
      })),
      waits: plan.waits,
      complete: plan.complete,
      why: plan.why ?? null,
    },
  };
}

function resourceBody({ type, id, name }: PlannedResource): JsonObject {
  return { type, id, name };
}
