import { RequestError } from '../model/errors.js';
import { linkEnd } from '../model/link-end.js';
import type { TypeRegistry } from '../model/registry.js';
import type { ResourceType } from '../model/resource-type.js';
import type { RelativesQuery } from '../ports/store.js';

/** Which references a link follows, and to what. Throws NotFound for a link that leads to no resources. */
export function wayAlong(
  types: TypeRegistry,
  type: ResourceType,
  name: string,
): Pick<RelativesQuery, 'end' | 'type' | 'field'> {
  const link = Object.hasOwn(type.links, name) ? type.links[name] : undefined;
  const end = link && linkEnd(type, link);
  if (link === undefined || link.kind === 'content' || end === undefined)
    throw new RequestError('NotFound', `${type.id} has no link ${name} to other resources`);
  return {
    end: link.kind === 'children' ? 'sources' : 'targets',
    type: types.get(end),
    field: link.field,
  };
}
