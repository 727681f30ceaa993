import type { JsonObject, ListPosition } from '@gdcloud/core';
import { collectionUrl } from '../render/urls.js';
import type { Document } from '../response/document.js';
import type { CollectionPlace } from './collection.js';
import { filtersBody, type ListRequest, markerAfter, markerBefore } from './list-query.js';
import type { Visit } from './visit.js';

/** What of a page is known beside its resources. */
export interface PageEnd {
  /** Where to go on; absent on the last page. */
  readonly next: ListPosition | undefined;
  /** How many there are on all pages, where that was asked for. */
  readonly total: number | undefined;
}

const COMMA = Buffer.from(',');

/** The envelope of a page (reference/gdapi.md 1.2, rule 10). */
export function collectionDocument(
  visit: Visit,
  place: CollectionPlace,
  request: ListRequest,
  end: PageEnd,
  data: readonly Document[],
): Document {
  const { site, caller, query, root } = visit;
  const { type, url } = place;
  const creatable = place.preset !== undefined && site.resources.may(caller, type, 'create');
  const head = {
    type: 'collection',
    resourceType: type.id,
    links: {
      self: url + query.with({}),
      root,
      schemas: `${root}/schemas`,
      schema: `${root}/schemas/${type.id}`,
    },
  };
  const rest = {
    actions: {},
    pagination: pagination(visit, url, request, end),
    sort: sortBody(visit, url, request),
    sortLinks: sortLinks(visit, place),
    filters: filtersBody(site.filterNames(type), request.query.filters),
    createTypes: creatable ? { [type.id]: place.child ? url : collectionUrl(root, type) } : {},
    createDefaults: place.preset ?? {},
  };
  return {
    get body() {
      return { ...head, data: data.map(({ body }) => body), ...rest };
    },
    // Resources are often written out already; writing the whole anew would be most of the work.
    get bytes() {
      const begin = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"data":[`);
      const end = Buffer.from(`],${JSON.stringify(rest).slice(1)}`);
      const parts = data.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes]));
      return Buffer.concat([begin, ...parts, end]);
    },
  };
}

function pagination(
  { site, query }: Visit,
  url: string,
  request: ListRequest,
  { next, total }: PageEnd,
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
    total: total ?? null,
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
  // Each page has as many of these as its type has fields: what they share is written once.
  const unsorted = url + query.with({ marker: undefined, order: undefined, sort: undefined });
  const begin = `${unsorted}${unsorted === url ? '?' : '&'}sort=`;
  return Object.fromEntries(
    site.filterNames(type).map((sort) => [sort, begin + encodeURIComponent(sort)]),
  );
}
