import type { JsonObject, Resource, ResourceType } from '@gdcloud/core';
import type { Visit } from './visit.js';

/** One resource as the visit's caller sees it. `once` is shown by the answer to the creating request only. */
export async function renderOne(
  visit: Pick<Visit, 'site' | 'caller' | 'root'>,
  type: ResourceType,
  resource: Resource,
  once?: JsonObject,
): Promise<JsonObject> {
  const { site, caller, root } = visit;
  const accountId =
    resource.account === caller.account
      ? caller.accountId
      : (await site.resources.accountIds([resource])).get(resource.account);
  return site.renderer(type).render(resource, {
    root,
    accountId: accountId ?? null,
    actions: site.resources.actions(caller, type, resource),
    once,
  });
}

/** Several resources of a type, with one look-up of their accounts. */
export async function renderAll(
  visit: Visit,
  type: ResourceType,
  resources: readonly Resource[],
): Promise<readonly JsonObject[]> {
  const { site, caller, root } = visit;
  const accountIds = resources.every(({ account }) => account === caller.account)
    ? new Map([[caller.account, caller.accountId]])
    : await site.resources.accountIds(resources);
  const renderer = site.renderer(type);
  return resources.map((resource) =>
    renderer.render(resource, {
      root,
      accountId: accountIds.get(resource.account) ?? null,
      actions: site.resources.actions(caller, type, resource),
    }),
  );
}

/** The ETag of a resource: what was asked for, and how far it is. */
export function etagOf(resource: Resource): string {
  return `"${resource.generation}-${resource.statusVersion}"`;
}
