import {
  type Caller,
  type Filter,
  filterableFields,
  type JsonObject,
  type ListPosition,
  type ListQuery,
  parseFilter,
  RequestError,
  type ResourceType,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Marker, MarkerCodec } from '../render/marker.js';
import { pageSize } from '../request/page-size.js';
import type { Query } from '../request/query.js';

/** A list as a URL asks for it. */
export interface ListRequest {
  readonly query: ListQuery;
  /** What the marker said; undefined on the first page. */
  readonly marker: Marker | undefined;
  /** Whether the number of resources on all pages is to be told. */
  readonly total: 'asked' | 'not asked';
  /** Names this very list to the {@link MarkerCodec}. */
  readonly scope: string;
}

/** Where a child collection hangs: the field that names the parent. */
export type Child = NonNullable<ListQuery['child']>;

/** Reads the query of a collection URL. Throws InvalidQuery for what can't be meant (bad inputs B10–B15). */
export function listRequest(
  caller: Caller,
  type: ResourceType,
  query: Query,
  markers: MarkerCodec,
  child: Child | undefined,
): ListRequest {
  const filters = query.filters().flatMap(({ name, value }) => {
    const filter = parseFilter(type, name, value);
    return filter === undefined ? [] : [filter];
  });
  const sort = sortOf(type, query);
  const scope = scopeOf(caller.account, type, filters, sort, child);
  const text = query.get('marker') ?? '';
  const marker = text === '' ? undefined : markers.read(text, scope);
  return {
    query: {
      filters,
      sort,
      limit: pageSize(query),
      after: marker?.after,
      removedSince: filters.some(wantsRemoved) ? 0 : undefined,
      child,
    },
    marker,
    total: totalOf(query),
    scope,
  };
}

/** `filters` of a collection: a key for every field that it can be filtered by, null where it is not. */
export function filtersBody(names: readonly string[], filters: readonly Filter[]): JsonObject {
  return Object.fromEntries(
    names.map((name) => {
      const own = filters
        .filter(({ field }) => field === name)
        .map(({ modifier, value }) => ({ modifier, value: value ?? null }));
      return [name, own.length === 0 ? null : own];
    }),
  );
}

/** The marker of the page after this one. */
export function markerAfter(request: ListRequest, next: ListPosition): Marker {
  const { marker } = request;
  return {
    after: next,
    back: marker === undefined ? [] : [...marker.back, marker.after],
    page: (marker?.page ?? 1) + 1,
  };
}

/** Where the page before this one starts: a marker, the first page, or (on the first page, or too far back) nowhere. */
export function markerBefore({ marker }: ListRequest): Marker | 'first page' | undefined {
  if (marker === undefined) return undefined;
  if (marker.page === 2) return 'first page';
  const after = marker.back.at(-1);
  return after === undefined
    ? undefined
    : { after, back: marker.back.slice(0, -1), page: marker.page - 1 };
}

function totalOf(query: Query): ListRequest['total'] {
  const text = query.get('total');
  if (text === undefined || /^(false|0)$/i.test(text)) return 'not asked';
  // Without a value, too: as filters may be (rule 14).
  if (/^(true|1|)$/i.test(text)) return 'asked';
  throw new RequestError('InvalidQuery', 'total must be true or false', { fieldName: 'total' });
}

function wantsRemoved(filter: Filter): boolean {
  return filter.field === 'removed' && filter.modifier !== 'null';
}

function sortOf(type: ResourceType, query: Query): ListQuery['sort'] {
  const field = query.get('sort');
  const order = query.get('order')?.toLowerCase() ?? 'asc';
  if (order !== 'asc' && order !== 'desc') {
    throw new RequestError('InvalidQuery', 'order must be asc or desc', { fieldName: 'order' });
  }
  if (field === undefined || field === '') return undefined;
  if (!Object.hasOwn(filterableFields(type), field)) {
    throw new RequestError('InvalidQuery', 'lists can not be sorted by that', {
      fieldName: 'sort',
    });
  }
  return { field, order };
}

function scopeOf(
  account: ResourceUuid,
  type: ResourceType,
  filters: readonly Filter[],
  sort: ListQuery['sort'],
  child: Child | undefined,
): string {
  return JSON.stringify([
    account,
    type.id,
    child?.field ?? null,
    child?.parent ?? null,
    sort?.field ?? null,
    sort?.order ?? null,
    filters.map(({ field, modifier, value }) => [field, modifier, value ?? null]),
  ]);
}
