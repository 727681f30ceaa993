import type { Caller, Resources, ResourceType, Verb } from '@gdcloud/core';

/** What one caller may do with one type; `administer`: also what only administrators may, in any account. */
export type TypeRights = ReadonlySet<Verb | 'administer'>;

const VERBS: readonly Verb[] = ['read', 'create', 'update', 'delete', 'act'];

/** Asks core what the caller may do with the type. */
export function rightsOn(resources: Resources, caller: Caller, type: ResourceType): TypeRights {
  return new Set([
    ...VERBS.filter((verb) => resources.may(caller, type, verb)),
    ...(caller.kind === 'admin' ? (['administer'] as const) : []),
  ]);
}

/** Whether the type exists for a caller at all. */
export function isVisible(resources: Resources, caller: Caller, type: ResourceType): boolean {
  return resources.may(caller, type, 'read') || resources.may(caller, type, 'create');
}

/** Whether anybody may do this with the type: what nobody may is no method of its URL. */
export function isOffered(type: ResourceType, verb: Verb): boolean {
  return type.access.users.includes(verb) || type.access.administrators.includes(verb);
}

/** `collectionMethods` of a schema. */
export function collectionMethods(rights: TypeRights): readonly string[] {
  return [...(rights.has('read') ? ['GET'] : []), ...(rights.has('create') ? ['POST'] : [])];
}

/** `resourceMethods` of a schema. */
export function resourceMethods(rights: TypeRights): readonly string[] {
  return [
    ...(rights.has('read') ? ['GET'] : []),
    ...(rights.has('update') ? ['PUT'] : []),
    ...(rights.has('delete') ? ['DELETE'] : []),
  ];
}
