import type { Caller, JsonObject, Resource, ResourceType } from '@gdcloud/core';
import type { ResourceRenderer, View } from '../render/resource-renderer.js';
import type { Document } from '../response/document.js';
import type { Visit } from './visit.js';

/** One resource as the visit's caller sees it. `once` is shown by the answer to the creating request only. */
export async function renderOne(
  visit: Pick<Visit, 'site' | 'caller' | 'root'>,
  type: ResourceType,
  resource: Resource,
  once?: JsonObject,
): Promise<Document> {
  const { site, caller, root } = visit;
  const accountId =
    resource.account === caller.account
      ? caller.accountId
      : (await site.resources.accountIds([resource])).get(resource.account);
  const renderer = site.renderer(type);
  return renderer.document(resource, {
    root,
    accountId: accountId ?? null,
    actions: site.resources.actions(caller, type, resource),
    readable: readableEnds(visit, renderer),
    whose: whoseIs(caller, resource),
    once,
  });
}

/** Several resources of a type, with one look-up of their accounts. */
export async function renderAll(
  visit: Visit,
  type: ResourceType,
  resources: readonly Resource[],
): Promise<readonly Document[]> {
  const { site, caller, root } = visit;
  const accountIds = resources.every(({ account }) => account === caller.account)
    ? new Map([[caller.account, caller.accountId]])
    : await site.resources.accountIds(resources);
  const renderer = site.renderer(type);
  const readable = readableEnds(visit, renderer);
  return resources.map((resource) =>
    renderer.document(resource, {
      root,
      accountId: accountIds.get(resource.account) ?? null,
      actions: site.resources.actions(caller, type, resource),
      readable,
      whose: whoseIs(caller, resource),
    }),
  );
}

function readableEnds(
  { site, caller }: Pick<Visit, 'site' | 'caller'>,
  { ends }: ResourceRenderer,
): readonly string[] {
  return ends.filter((end) => site.resources.may(caller, site.types.get(end), 'read'));
}

function whoseIs(caller: Caller, resource: Resource): View['whose'] {
  return caller.kind === 'admin' || resource.account === caller.account ? 'own' : 'foreign';
}

/** The ETag of a resource: what was asked for, and how far it is. */
export function etagOf(resource: Resource): string {
  return `"${resource.generation}-${resource.statusVersion}"`;
}
