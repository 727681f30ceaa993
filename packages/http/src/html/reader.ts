import type { Caller, JsonObject, ResourceType } from '@gdcloud/core';
import { collectionUrl } from '../render/urls.js';
import { isJsonObject } from '../request/strict-json.js';
import type { Site } from '../site.js';
import type { Labels } from '../texts/labels.js';
import type { Language, Speak } from '../texts/speak.js';

/** Who a page is for: what it may offer, where its links lead, and how it speaks. */
export interface Reader {
  readonly site: Site;
  readonly caller: Caller | undefined;
  /** URL of the API, without a trailing slash and without the version. */
  readonly base: string;
  /** URL of the version: `https://h/v1`. */
  readonly root: string;
  readonly language: Language;
  readonly say: Speak;
  readonly labels: Labels;
}

/** Where the collection of a type is, for a reader who may see it. */
export function listOf({ site, caller, root }: Reader, id: string | undefined): string | undefined {
  const type = id === undefined ? undefined : site.types.find(id);
  if (type === undefined || caller === undefined || !site.resources.may(caller, type, 'read'))
    return undefined;
  return collectionUrl(root, type);
}

/** A link of a document. */
export function linkOf(body: JsonObject, name: string): string | undefined {
  return urlIn(body['links'], name);
}

/** A member of an object that is a text; of `links`, `actions` and `pagination` those are URLs. */
export function urlIn(value: unknown, name: string): string | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
  const url = value[name];
  return typeof url === 'string' ? url : undefined;
}

/** The members of an object that are URLs, in order. */
export function urlsIn(value: unknown): readonly (readonly [name: string, url: string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

/** The fields that a resource of a type shows, besides those that all have. */
export function shownFieldsOf({ spec, status }: ResourceType): ResourceType['spec'] {
  return Object.fromEntries(
    Object.entries({ ...spec, ...status }).filter(([, { show = 'always' }]) => show !== 'never'),
  );
}
