import {
  type JsonObject,
  type ListPage,
  RequestError,
  type ResourceType,
  type Verb,
} from '@gdcloud/core';
import { resourceUrl } from '../render/urls.js';
import { bodyFor } from '../request/input.js';
import type { Answer } from '../response/api-response.js';
import { documentAnswer } from '../response/document.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { inputFields } from '../schema/resource-fields.js';
import { collectionMethods, isOffered, rightsOn } from '../schema/type-rights.js';
import { collectionDocument } from './collection-document.js';
import { includedLinks, withIncluded } from './include.js';
import { type Child, listRequest } from './list-query.js';
import { planned } from './planned.js';
import { etagOf, renderAll, renderOne } from './rendering.js';
import type { Visit } from './visit.js';
import { writeOptions } from './write-options.js';

/** A collection, and what a resource that is created through it gets set (`GET|POST /v1/networks/42/volumes`). */
export interface CollectionPlace {
  readonly type: ResourceType;
  /** URL without query. */
  readonly url: string;
  readonly child?: Child;
  /** Fields that a resource created here gets, whatever its body says; undefined where nothing can be created. */
  readonly preset: JsonObject | undefined;
}

const VERBS: Readonly<Record<string, Verb>> = { GET: 'read', POST: 'create' };

/** Lists or creates (rules 8, 10, 11). Throws MethodRefusal for anything else. */
export async function visitCollection(visit: Visit, place: CollectionPlace): Promise<Answer> {
  const verb = VERBS[visit.method];
  if (
    verb === undefined ||
    !isOffered(place.type, verb) ||
    (verb === 'create' && place.preset === undefined)
  ) {
    throw new MethodRefusal(visit.method, allowed(visit, place));
  }
  if (visit.method === 'GET') {
    if (visit.query.get('action') !== undefined) {
      throw new MethodRefusal('an action by GET', ['POST']);
    }
    return list(visit, place);
  }
  if (visit.query.get('action') !== undefined) {
    throw new RequestError('InvalidAction', 'collections have no actions', { fieldName: 'action' });
  }
  return create(visit, place);
}

/** Methods as `Allow` lists them: HEAD wherever there is GET. */
export function withHead(methods: readonly string[]): readonly string[] {
  return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

function allowed({ site, caller }: Visit, place: CollectionPlace): readonly string[] {
  const methods = collectionMethods(rightsOn(site.resources, caller, place.type));
  return withHead(place.preset === undefined ? methods.filter((name) => name === 'GET') : methods);
}

async function list(visit: Visit, place: CollectionPlace): Promise<Answer> {
  const { site, caller, query } = visit;
  const request = listRequest(caller, place.type, query, site.markers, place.child);
  const links = includedLinks(visit, place.type);
  const page: ListPage = await site.resources.list(caller, place.type, request.query);
  const total =
    request.total === 'asked'
      ? await site.resources.count(caller, place.type, request.query)
      : undefined;
  const documents = await renderAll(visit, place.type, page.resources);
  const data = await withIncluded(visit, place.type, page.resources, documents, links);
  const document = collectionDocument(visit, place, request, { next: page.next, total }, data);
  return documentAnswer(document, { status: 200, about: place.type });
}

async function create(visit: Visit, place: CollectionPlace): Promise<Answer> {
  const { site, caller, input, root } = visit;
  const body = { ...bodyFor(input, inputFields(place.type), site.now()), ...place.preset };
  if (visit.dryRun === 'plan') return planned(visit, place.type, { kind: 'create', body });
  const { idempotencyKey } = writeOptions(visit);
  const { resource, once } = await site.resources.create(caller, place.type, body, {
    idempotencyKey,
  });
  const document = await renderOne(
    visit,
    place.type,
    resource,
    Object.keys(once).length === 0 ? undefined : once,
  );
  return documentAnswer(document, {
    status: 201,
    headers: { location: resourceUrl(root, place.type, resource.id), etag: etagOf(resource) },
    about: place.type,
  });
}
