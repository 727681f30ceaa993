import { linkEnd, RequestError, type ResourceType } from '@gdcloud/core';
import { resourceUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import { documentAnswer } from '../response/document.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { visitCollection } from './collection.js';
import { history } from './history.js';
import { etagOf, renderOne } from './rendering.js';
import type { Visit } from './visit.js';

/**
 * Follows a link of a resource: to the resource that a reference names, to its children, its account or its history.
 * Throws NotFound for a link that the type does not have or that leads nowhere.
 */
export async function visitLink(
  visit: Visit,
  type: ResourceType,
  id: string,
  name: string,
): Promise<Answer> {
  const { site, caller, root } = visit;
  const wanted = name.toLowerCase();
  const declared = Object.entries(type.links).find(([key]) => key.toLowerCase() === wanted);
  const accounts = site.types.find('account');
  const builtIn = wanted === 'events' || (wanted === 'account' && accounts !== undefined);
  if (declared === undefined && !builtIn) throw nowhere(name);
  const resource = await site.resources.get(caller, type, id);
  if (declared === undefined) {
    refuseWrites(visit);
    if (wanted === 'events' || accounts === undefined) return history(visit, type, resource.id);
    const ids = await site.resources.accountIds([resource]);
    return target(visit, accounts, ids.get(resource.account), name);
  }
  const [linkName, link] = declared;
  if (link.kind === 'reference') {
    refuseWrites(visit);
    const value = resource.spec[link.field] ?? resource.status[link.field];
    const reference = typeof value === 'string' ? value : undefined;
    return target(visit, site.types.get(linkEnd(type, link) ?? ''), reference, name);
  }
  // Those that lead to bytes are followed before a body is read.
  if (link.kind === 'content') throw nowhere(name);
  const child = site.types.get(link.type);
  const field = child.spec[link.field];
  return visitCollection(visit, {
    type: child,
    url: `${resourceUrl(root, type, resource.id)}/${linkName}`,
    child: { field: link.field, parent: resource.uuid },
    // Where the kernel decides who the parent is, nothing can be created under one.
    preset:
      field === undefined || field.write === 'internal' ? undefined : { [link.field]: resource.id },
  });
}

async function target(
  visit: Visit,
  type: ResourceType,
  id: string | undefined,
  link: string,
): Promise<Answer> {
  if (id === undefined) throw nowhere(link);
  const resource = await visit.site.resources.get(visit.caller, type, id);
  return documentAnswer(await renderOne(visit, type, resource), {
    status: 200,
    headers: { etag: etagOf(resource) },
    about: type,
  });
}

function refuseWrites(visit: Visit): void {
  if (visit.method !== 'GET') throw new MethodRefusal(visit.method, ['GET', 'HEAD']);
}

function nowhere(link: string): RequestError {
  return new RequestError('NotFound', `the link ${link.slice(0, 64)} leads nowhere`);
}
