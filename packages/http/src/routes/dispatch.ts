import { RequestError } from '@gdcloud/core';
import { collectionUrl } from '../render/urls.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { isVisible } from '../schema/type-rights.js';
import { visitCollection } from './collection.js';
import { visitEvents } from './events.js';
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
    return readOnly(visit, () => schemas(visit, second));
  }
  if (word === 'openapi.json' && second === undefined) {
    return readOnly(visit, () => openApi(visit));
  }
  if (word === 'events' && second === undefined) return visitEvents(visit);
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

function schemas(visit: Visit, id: string | undefined): Answer {
  const { site, caller, root } = visit;
  const { body, bytes, etag } =
    id === undefined ? site.schemas.collection(caller, root) : site.schemas.one(caller, root, id);
  return { status: 200, headers: { etag }, body, bytes };
}

// As text only: it is for programs, in browsers too.
function openApi({ site, caller, root }: Visit): Answer {
  const { text, etag } = site.documents.document(caller, root);
  return { status: 200, headers: { etag }, body: text };
}

function readOnly(visit: Visit, answer: () => Answer): Answer {
  if (visit.method !== 'GET') throw new MethodRefusal(visit.method, ['GET', 'HEAD']);
  return answer();
}

function nothingHere(): RequestError {
  return new RequestError('NotFound', 'there is nothing at this path');
}
