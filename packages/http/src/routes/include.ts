import {
  type Json,
  type JsonObject,
  type Relative,
  RequestError,
  type Resource,
  type ResourceType,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Document } from '../response/document.js';
import { includeableLinks } from '../schema/includeable-links.js';
import { renderAll } from './rendering.js';
import type { Visit } from './visit.js';

/** How many links one request may include. */
const MOST_LINKS = 8;
/** How many resources are included at most, all links of all resources of the page together. */
const MOST = 10_000;

/** The links that the query includes, by name. Throws InvalidQuery for one that the type can't include (bad input B15). */
export function includedLinks(
  { site, caller, query }: Visit,
  type: ResourceType,
): readonly string[] {
  const asked = query.all('include').filter((name) => name !== '');
  if (asked.length === 0) return [];
  if (asked.length > MOST_LINKS) throw refusal(`at most ${MOST_LINKS} links can be included`);
  const possible = includeableLinks(site.types, site.resources, caller, type);
  const names = asked.map((name) => {
    const found = possible.find((link) => link.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const offered = possible.length === 0 ? 'nothing' : possible.join(', ');
    throw refusal(`${type.plural} can include ${offered}`);
  });
  return [...new Set(names)];
}

/**
 * Puts what `links` lead to into the documents of `resources`, under the links' names: a resource or null for a reference, a
 * list for children. Takes one query a link, however many resources there are. Throws InvalidQuery for more than can be
 * sent at once, rather than leave some out.
 */
export async function withIncluded(
  visit: Visit,
  type: ResourceType,
  resources: readonly Resource[],
  documents: readonly Document[],
  links: readonly string[],
): Promise<readonly Document[]> {
  if (links.length === 0 || resources.length === 0) return documents;
  const added: Record<string, Json>[] = resources.map(() => ({}));
  let room = MOST;
  for (const link of links) {
    const found = await visit.site.resources.related(visit.caller, type, link, resources, room + 1);
    room -= found.length;
    if (room < 0) {
      throw refusal(
        `more than ${MOST} resources would be included: ask for a smaller page (limit)`,
      );
    }
    const ends = await endsOf(visit, found);
    for (const [index, { uuid }] of resources.entries()) {
      const own = ends.get(uuid) ?? [];
      const place = added[index];
      if (place !== undefined)
        place[link] = type.links[link]?.kind === 'children' ? own : (own[0] ?? null);
    }
  }
  return documents.map((document, index) => withMore(document, added[index] ?? {}));
}

function withMore(document: Document, more: JsonObject): Document {
  return {
    get body() {
      return { ...document.body, ...more };
    },
    get bytes() {
      return Buffer.from(JSON.stringify(this.body));
    },
  };
}

async function endsOf(
  visit: Visit,
  found: readonly Relative[],
): Promise<ReadonlyMap<ResourceUuid, readonly JsonObject[]>> {
  const distinct = new Map(found.map(({ resource }) => [resource.uuid, resource]));
  const [first] = distinct.values();
  if (first === undefined) return new Map();
  const type = visit.site.types.get(first.type);
  const rendered = await renderAll(visit, type, [...distinct.values()]);
  const bodies = new Map([...distinct.keys()].map((uuid, index) => [uuid, rendered[index]?.body]));
  const ends = new Map<ResourceUuid, JsonObject[]>();
  for (const { of, resource } of found) {
    const body = bodies.get(resource.uuid);
    if (body === undefined) continue;
    const known = ends.get(of);
    if (known === undefined) ends.set(of, [body]);
    else known.push(body);
  }
  return ends;
}

function refusal(message: string): RequestError {
  return new RequestError('InvalidQuery', message, { fieldName: 'include' });
}
