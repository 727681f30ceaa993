import type { TypeRegistry } from '@gdcloud/core';
import type { ApiRequest } from './api-request.js';
import { pathUnder, splitTarget } from './target.js';

const OPEN: readonly string[] = ['/healthz', '/readyz', '/metrics'];
const FIXED: readonly string[] = ['/v1', '/v1/openapi.json', '/v1/events'];

/**
 * The kind of path a request asks for: `/v1/networks/{id}`. Made of declared names only, so that there are few of them
 * and none says anything of the caller; `other` for paths where nothing is.
 */
export function routeOf(request: ApiRequest, types: TypeRegistry): string {
  const path = pathUnder(request.prefix, splitTarget(request.target).path)?.toLowerCase();
  if (path === undefined) return 'other';
  if (path === '') return '/';
  if (OPEN.includes(path) || FIXED.includes(path)) return path;
  if (/^\/(panel|ui)\//.test(`${path}/`)) return path.startsWith('/ui/') ? '/ui/{file}' : '/panel';
  const [version, name = '', id, link, ...rest] = path.split('/').slice(1);
  if (version !== 'v1' || rest.length > 0) return 'other';
  const plural = name === 'schemas' ? name : types.find(name)?.plural;
  if (plural === undefined) return 'other';
  return [
    `/v1/${plural}`,
    ...(id === undefined ? [] : ['{id}']),
    ...(link === undefined ? [] : ['{link}']),
  ].join('/');
}

/** Whether a route is asked for by machines every few seconds and needs no credentials. */
export function isOpen(route: string): boolean {
  return OPEN.includes(route);
}
