import { RequestError } from '@gdcloud/core';
import { openApiDocument } from '../openapi/openapi-document.js';
import { collectionUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { isVisible } from '../schema/type-rights.js';
import { visitCollection } from './collection.js';
import { visitLink } from './link.js';
import { visitResource } from './resource.js';
import { versionRoot } from './versions.js';
import type { Visit } from './visit.js';

/** Longer than any id or name in a path can be. */
const MAX_SEGMENT = 255;

/** Carries out a visit to a path under `/v1`, given in decoded segments. Throws RequestError, PortUnavailable. */
export async function dispatch(visit: Visit, segments: readonly string[]): Promise<Answer> {
  const [first, second, third, ...rest] = segments;
  if (rest.length > 0 || segments.some(({ length }) => length > MAX_SEGMENT)) throw nothingHere();
  if (first === undefined) return readOnly(visit, () => versionRoot(visit));
  const word = first.toLowerCase();
  if (word === 'schemas' && third === undefined) {
    return readOnly(visit, () => ({ status: 200, body: schemas(visit, second) }));
  }
  if (word === 'openapi.json' && second === undefined) {
    return readOnly(visit, () => ({
      status: 200,
      body: JSON.stringify(openApiDocument(visit.site.types, visit.root)),
    }));
  }
  const type = visit.site.types.find(first);
  if (type === undefined || !isVisible(visit.site.resources, visit.caller, type)) {
    throw nothingHere();
  }
  if (second === undefined) {
    return visitCollection(visit, { type, url: collectionUrl(visit.root, type), preset: {} });
  }
  return third === undefined
    ? visitResource(visit, type, second)
    : visitLink(visit, type, second, third);
}

function schemas(visit: Visit, id: string | undefined): Answer['body'] {
  const { site, caller, root } = visit;
  return id === undefined
    ? site.schemas.collection(caller, root)
    : site.schemas.one(caller, root, id);
}

function readOnly(visit: Visit, answer: () => Answer): Answer {
  if (visit.method !== 'GET') throw new MethodRefusal(visit.method, ['GET', 'HEAD']);
  return answer();
}

function nothingHere(): RequestError {
  return new RequestError('NotFound', 'there is nothing at this path');
}
