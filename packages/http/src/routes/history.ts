import type { ResourceType } from '@gdcloud/core';
import { isoSeconds } from '../render/moment.js';
import { resourceUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import type { Visit } from './visit.js';

/** `GET /v1/<plural>/<id>/events`: what moved the resource, newest first. */
export async function history(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const { site, caller, root } = visit;
  const events = await site.resources.history(caller, type, id);
  const resource = resourceUrl(root, type, id);
  return {
    status: 200,
    body: {
      type: 'collection',
      resourceType: 'event',
      links: { self: `${resource}/events`, resource, schemas: `${root}/schemas` },
      data: events.map(({ at, what, why, result }) => ({
        type: 'event',
        time: isoSeconds(at),
        timeTS: at,
        what,
        why,
        result,
        links: {},
        actions: {},
      })),
      actions: {},
      pagination: null,
      sort: null,
      sortLinks: {},
      filters: {},
      createTypes: {},
      createDefaults: {},
    },
  };
}
