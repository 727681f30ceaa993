import { collectionUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import { isVisible } from '../schema/type-rights.js';
import type { Visit } from './visit.js';

/** `GET /`: the versions that there are. Needs no credentials. `base` is the URL of the API without a trailing slash. */
export function versionList(base: string): Answer {
  return {
    status: 200,
    body: {
      type: 'collection',
      resourceType: 'apiVersion',
      links: { self: `${base}/`, latest: `${base}/v1` },
      actions: {},
      data: [{ id: 'v1', type: 'apiVersion', links: { self: `${base}/v1` }, actions: {} }],
      pagination: null,
      sort: null,
      filters: {},
    },
  };
}

/** `GET /v1`: where everything is (rule 7). */
export function versionRoot(visit: Visit): Answer {
  const { site, caller, root } = visit;
  const collections = site.types
    .all()
    .filter((type) => isVisible(site.resources, caller, type))
    .map((type) => [type.plural, collectionUrl(root, type)]);
  return {
    status: 200,
    body: {
      id: 'v1',
      type: 'apiVersion',
      links: {
        self: root,
        root,
        schemas: `${root}/schemas`,
        openapi: `${root}/openapi.json`,
        ...(site.feed === undefined ? {} : { events: `${root}/events` }),
        ...Object.fromEntries(collections),
      },
      actions: {},
    },
  };
}
