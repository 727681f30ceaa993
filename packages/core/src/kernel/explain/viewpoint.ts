import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { mayDo, owns } from '../access.js';
import type { Caller } from '../resources.js';
import type { Helpable, Possible } from './suggestions.js';

/** Whether a caller may see a resource at all, and hence its name in an explanation. */
export function isShown(caller: Caller, type: ResourceType, resource: Resource): boolean {
  return (
    mayDo(caller, type, 'read') && (owns(caller, resource) || type.access.visibleTo === 'everyone')
  );
}

/** What a caller can ask of a resource now. `actions` are the names of its possible actions, built-in ones included. */
export function possibleOf(
  caller: Caller,
  type: ResourceType,
  resource: Resource,
  actions: readonly string[],
): Helpable {
  const stays = resource.deleteRequestedAt === null && owns(caller, resource);
  const possible: readonly Possible[] = [
    ...(resource.removed === null ? (['reconcile'] as const) : []),
    ...(stays && mayDo(caller, type, 'update') && canChange(type) ? (['update'] as const) : []),
    ...(stays && mayDo(caller, type, 'delete') && !belongs(type, resource)
      ? (['delete'] as const)
      : []),
    ...(['recreate', 'keep'] as const).filter((action) => actions.includes(action)),
  ];
  return { type: type.id, id: resource.id, possible };
}

function canChange(type: ResourceType): boolean {
  return Object.values(type.spec).some(({ write }) => (write ?? 'always') === 'always');
}

// What belongs to another one goes with it, not before it.
function belongs(type: ResourceType, resource: Resource): boolean {
  return Object.entries(type.spec).some(
    ([name, { role }]) => role === 'belongs' && typeof resource.spec[name] === 'string',
  );
}
