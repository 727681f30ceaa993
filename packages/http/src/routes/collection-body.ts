import type { JsonObject, ListPosition } from '@gdcloud/core';
import { collectionUrl } from '../render/urls.js';
import type { CollectionPlace } from './collection.js';
import { filtersBody, type ListRequest, markerAfter, markerBefore } from './list-query.js';
import type { Visit } from './visit.js';

/** The envelope of a page (reference/gdapi.md 1.2, rule 10). */
export function collectionBody(
  visit: Visit,
  place: CollectionPlace,
  request: ListRequest,
  next: ListPosition | undefined,
  data: readonly JsonObject[],
): JsonObject {
  const { site, caller, query, root } = visit;
  const { type, url } = place;
  const creatable = place.preset !== undefined && site.resources.may(caller, type, 'create');
  return {
    type: 'collection',
    resourceType: type.id,
    links: {
      self: url + query.with({}),
      root,
      schemas: `${root}/schemas`,
      schema: `${root}/schemas/${type.id}`,
    },
    data,
    actions: {},
    pagination: pagination(visit, url, request, next),
    sort: sortBody(visit, url, request),
    sortLinks: sortLinks(visit, place),
    filters: filtersBody(site.filterNames(type), request.query.filters),
    createTypes: creatable ? { [type.id]: place.child ? url : collectionUrl(root, type) } : {},
    createDefaults: place.preset ?? {},
  };
}

function pagination(
  { site, query }: Visit,
  url: string,
  request: ListRequest,
  next: ListPosition | undefined,
): JsonObject {
  const { markers } = site;
  const before = markerBefore(request);
  const first = url + query.with({ marker: undefined });
  const previous =
    before === undefined || before === 'first page'
      ? before === undefined
        ? null
        : first
      : url + query.with({ marker: markers.write(before, request.scope) });
  return {
    limit: request.query.limit,
    partial: next !== undefined,
    next:
      next === undefined
        ? null
        : url + query.with({ marker: markers.write(markerAfter(request, next), request.scope) }),
    previous,
    prev: previous,
    first: request.marker === undefined ? null : first,
    last: null,
    total: null,
  };
}

function sortBody({ query }: Visit, url: string, request: ListRequest): JsonObject | null {
  const { sort } = request.query;
  if (sort === undefined) return null;
  const order = sort.order === 'asc' ? 'desc' : 'asc';
  return {
    name: sort.field,
    order: sort.order,
    reverse: url + query.with({ marker: undefined, order }),
  };
}

function sortLinks({ site, query }: Visit, { type, url }: CollectionPlace): JsonObject {
  return Object.fromEntries(
    site
      .filterNames(type)
      .map((sort) => [sort, url + query.with({ marker: undefined, order: undefined, sort })]),
  );
}
