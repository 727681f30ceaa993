import type { ResourceType } from '@gdcloud/core';

/** `…/v1/networks`. `root` is the URL of the version, without a trailing slash. */
export function collectionUrl(root: string, type: ResourceType): string {
  return `${root}/${type.plural.toLowerCase()}`;
}

/** `…/v1/networks/42`. */
export function resourceUrl(root: string, type: ResourceType, id: string): string {
  return `${collectionUrl(root, type)}/${encodeURIComponent(id)}`;
}

/** `…/v1/schemas/network`. */
export function schemaUrl(root: string, schemaId: string): string {
  return `${root}/schemas/${schemaId}`;
}
