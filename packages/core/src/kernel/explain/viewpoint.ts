import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { stallOf } from '../../model/stall.js';
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
    ...(stays && mayDo(caller, type, 'delete') && ownerOf(type, resource) === undefined
      ? (['delete'] as const)
      : []),
    ...(['recreate', 'keep', 'fence'] as const).filter((action) => actions.includes(action)),
  ];
  const freeing = stallOf(resource)?.actions ?? [];
  const freedBy = freeing.flatMap((name) => possible.find((action) => action === name) ?? []);
  return { type: type.id, id: resource.id, possible, freedBy };
}

function canChange(type: ResourceType): boolean {
  return Object.values(type.spec).some(({ write }) => (write ?? 'always') === 'always');
}

/** What a resource belongs to, by type and friendly id: it goes with that, not before it. */
export function ownerOf(
  type: ResourceType,
  resource: Resource,
): { readonly type: string; readonly id: string } | undefined {
  for (const [name, { role, target }] of Object.entries(type.spec)) {
    const id = resource.spec[name];
    if (role === 'belongs' && target !== undefined && typeof id === 'string')
      return { type: target, id };
  }
  return undefined;
}
