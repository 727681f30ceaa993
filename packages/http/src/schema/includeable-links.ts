import {
  type Caller,
  linkEnd,
  type Resources,
  type ResourceType,
  type TypeRegistry,
} from '@gdcloud/core';

/**
 * The links of a type whose ends can be part of its answers (`include`, reference/gdapi.md 1.4): those to resources that
 * the caller may read. A link that is called like a field is left out: what it leads to would hide the field.
 */
export function includeableLinks(
  types: TypeRegistry,
  resources: Pick<Resources, 'may'>,
  caller: Caller,
  type: ResourceType,
): readonly string[] {
  return Object.entries(type.links)
    .filter(([name, link]) => {
      if (Object.hasOwn(type.spec, name) || Object.hasOwn(type.status, name)) return false;
      if (link.kind === 'reference' && link.include === 'never') return false;
      const end = linkEnd(type, link);
      const other = end === undefined ? undefined : types.find(end);
      return other !== undefined && resources.may(caller, other, 'read');
    })
    .map(([name]) => name);
}
