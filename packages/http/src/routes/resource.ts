import { RequestError, type Resource, type ResourceType, type Verb } from '@gdcloud/core';
import { bodyFor } from '../request/input.js';
import type { Answer } from '../response/api-response.js';
import { type Document, documentAnswer } from '../response/document.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { actionInput, isExplain, questionOf } from '../schema/action-schema.js';
import { inputFields } from '../schema/resource-fields.js';
import { isOffered, resourceMethods, rightsOn } from '../schema/type-rights.js';
import { ask } from './ask.js';
import { withHead } from './collection.js';
import { explain } from './explain.js';
import { includedLinks, withIncluded } from './include.js';
import { planned } from './planned.js';
import { etagOf, renderOne } from './rendering.js';
import type { Visit } from './visit.js';
import { writeOptions } from './write-options.js';

// Whoever may read a resource may ask some action of it; which ones, core decides.
const VERBS: Readonly<Record<string, Verb>> = {
  GET: 'read',
  PUT: 'update',
  DELETE: 'delete',
  POST: 'read',
};

/** Reads, updates, deletes or acts on one resource (rule 8). Throws MethodRefusal for anything else. */
export async function visitResource(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const { method, query } = visit;
  const action = query.get('action');
  const verb = VERBS[method];
  if (verb === undefined || !isOffered(type, verb) || (method === 'POST' && action === undefined)) {
    throw new MethodRefusal(method, allowed(visit, type));
  }
  if (isExplain(type, action) && (method === 'GET' || method === 'POST')) {
    return explain(visit, type, id);
  }
  if (action !== undefined && method !== 'POST') {
    throw new MethodRefusal(`an action by ${method}`, ['POST']);
  }
  switch (method) {
    case 'PUT':
      return update(visit, type, id);
    case 'DELETE':
      return remove(visit, type, id);
    case 'POST':
      return act(visit, type, id, action ?? '');
    default:
      return read(visit, type, id);
  }
}

async function read(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const links = includedLinks(visit, type);
  const resource = await visit.site.resources.get(visit.caller, type, id);
  const document = await renderOne(visit, type, resource);
  if (links.length === 0) return tagged(200, type, resource, document);
  // No tag: it would not tell when what is included changes.
  const [whole = document] = await withIncluded(visit, type, [resource], [document], links);
  return documentAnswer(whole, { status: 200, about: type });
}

async function update(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const { site, caller, input } = visit;
  const options = writeOptions(visit);
  const body = bodyFor(input, inputFields(type), site.now());
  if (visit.dryRun === 'plan') {
    const { generation } = options;
    return planned(visit, type, { kind: 'update', id, body, generation });
  }
  const resource = await site.resources.update(caller, type, id, body, options);
  return tagged(200, type, resource, await renderOne(visit, type, resource));
}

async function remove(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const options = writeOptions(visit);
  if (visit.dryRun === 'plan') {
    return planned(visit, type, { kind: 'remove', id, generation: options.generation });
  }
  const resource = await visit.site.resources.remove(visit.caller, type, id, options);
  return documentAnswer(await renderOne(visit, type, resource), { status: 200, about: type });
}

async function act(visit: Visit, type: ResourceType, id: string, action: string): Promise<Answer> {
  if (action === '') {
    throw new RequestError('InvalidAction', 'the action has no name', { fieldName: 'action' });
  }
  if (questionOf(type, action) !== undefined) return ask(visit, type, id, action);
  const { site, caller, input } = visit;
  const options = writeOptions(visit);
  const body = bodyFor(input, actionInput(type, action), site.now());
  if (visit.dryRun === 'plan') {
    const { generation } = options;
    return planned(visit, type, { kind: 'act', id, action, input: body, generation });
  }
  const resource = await site.resources.act(caller, type, id, action, body, options);
  const shown = await renderOne(visit, type, resource, resource.once);
  return documentAnswer(shown, { status: 202, about: type });
}

function tagged(
  status: number,
  about: ResourceType,
  resource: Resource,
  document: Document,
): Answer {
  return documentAnswer(document, { status, about, headers: { etag: etagOf(resource) } });
}

function allowed(visit: Visit, type: ResourceType): readonly string[] {
  const rights = rightsOn(visit.site.resources, visit.caller, type);
  return withHead([...resourceMethods(rights), ...(rights.has('read') ? ['POST'] : [])]);
}
