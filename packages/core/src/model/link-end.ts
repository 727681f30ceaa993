import type { LinkDeclaration, ResourceType } from './resource-type.js';

/** The id of the type that a link of `type` leads to; undefined for one that leads to bytes. */
export function linkEnd(type: ResourceType, link: LinkDeclaration): string | undefined {
  switch (link.kind) {
    case 'children':
      return link.type;
    case 'reference':
      return (type.spec[link.field] ?? type.status[link.field])?.target;
    case 'content':
      return undefined;
  }
}
