import { RequestError, type ResourceType, type Verb } from '@gdcloud/core';
import { bodyFor } from '../request/input.js';
import { checkGeneration, expectedGeneration } from '../request/precondition.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { actionInput, isExplain, questionOf } from '../schema/action-schema.js';
import { inputFields } from '../schema/resource-fields.js';
import { isOffered, resourceMethods, rightsOn } from '../schema/type-rights.js';
import { ask } from './ask.js';
import { withHead } from './collection.js';
import { explain } from './explain.js';
import { planned } from './planned.js';
import { etagOf, renderOne } from './rendering.js';
import type { Visit } from './visit.js';

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
  const resource = await visit.site.resources.get(visit.caller, type, id);
  return {
    status: 200,
    headers: { etag: etagOf(resource) },
    body: await renderOne(visit, type, resource),
    about: type,
  };
}

async function update(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  const { site, caller, request, input } = visit;
  const generation = expectedGeneration(request.header('if-match'));
  const body = bodyFor(input, inputFields(type), site.now());
  if (visit.dryRun === 'plan') {
    return planned(visit, type, { kind: 'update', id, body, generation });
  }
  const resource = await site.resources.update(caller, type, id, body, { generation });
  return {
    status: 200,
    headers: { etag: etagOf(resource) },
    body: await renderOne(visit, type, resource),
    about: type,
  };
}

async function remove(visit: Visit, type: ResourceType, id: string): Promise<Answer> {
  await checkIfMatch(visit, type, id);
  if (visit.dryRun === 'plan') return planned(visit, type, { kind: 'remove', id });
  const resource = await visit.site.resources.remove(visit.caller, type, id);
  return { status: 200, body: await renderOne(visit, type, resource), about: type };
}

async function act(visit: Visit, type: ResourceType, id: string, action: string): Promise<Answer> {
  if (action === '') {
    throw new RequestError('InvalidAction', 'the action has no name', { fieldName: 'action' });
  }
  await checkIfMatch(visit, type, id);
  if (questionOf(type, action) !== undefined) return ask(visit, type, id, action);
  const { site, caller, input } = visit;
  const body = bodyFor(input, actionInput(type, action), site.now());
  if (visit.dryRun === 'plan') {
    return planned(visit, type, { kind: 'act', id, action, input: body });
  }
  const resource = await site.resources.act(caller, type, id, action, body);
  return { status: 202, body: await renderOne(visit, type, resource), about: type };
}

// Core compares generations in the same write for updates only; here a change in between goes unnoticed.
async function checkIfMatch(visit: Visit, type: ResourceType, id: string): Promise<void> {
  const expected = expectedGeneration(visit.request.header('if-match'));
  if (expected === undefined) return;
  const { generation } = await visit.site.resources.get(visit.caller, type, id);
  checkGeneration(expected, generation);
}

function allowed(visit: Visit, type: ResourceType): readonly string[] {
  const rights = rightsOn(visit.site.resources, visit.caller, type);
  return withHead([...resourceMethods(rights), ...(rights.has('read') ? ['POST'] : [])]);
}
