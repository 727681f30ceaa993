/** A document of the API as it came: members by name, nothing taken for granted. */
export type Document = { readonly [name: string]: unknown };

/** A resource. What every resource has is named; all else is in its schema. */
export interface Resource extends Document {
  readonly id: string;
  readonly type: string;
  readonly name?: string | null;
  readonly state?: string;
  readonly transitioning?: 'yes' | 'no' | 'error';
  readonly transitioningMessage?: string | null;
  readonly links: Links;
  readonly actions: Links;
}

/** URLs by name. */
export type Links = { readonly [name: string]: string };

/** One page of a list. */
export interface Page {
  readonly data: readonly Resource[];
  readonly links: Links;
  readonly next: string | null;
  readonly previous: string | null;
  readonly createTypes: Links;
  readonly createDefaults: Document;
  readonly sortLinks: Links;
}

/** How one field looks and what it takes. */
export interface Field {
  readonly type: string;
  readonly description: string;
  readonly create: boolean;
  readonly update: boolean;
  readonly required: boolean;
  readonly suggested: boolean;
  readonly nullable: boolean;
  /** Said in the answer that made it and in no other. */
  readonly readOnCreateOnly: boolean;
  readonly default: unknown;
  readonly min: number | null;
  readonly max: number | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly options: readonly string[] | null;
  readonly format: string | null;
  readonly example: unknown;
}

/** Fields by name, in the order they are declared in. */
export type Fields = { readonly [name: string]: Field };

/** What an action takes and gives. */
export interface Action {
  readonly input?: string;
  readonly output?: string;
}

/** A type of resources, as this caller may use it. */
export interface Schema {
  readonly id: string;
  readonly pluralName: string;
  readonly description: string | null;
  readonly resourceMethods: readonly string[];
  readonly collectionMethods: readonly string[];
  readonly resourceFields: Fields;
  readonly resourceActions: { readonly [name: string]: Action };
  readonly collectionFilters: {
    readonly [name: string]: {
      readonly modifiers: readonly string[];
      readonly options: readonly string[] | null;
    };
  };
  readonly links: Links;
}

/** A member of whatever came, or undefined. */
export function member(document: unknown, name: string): unknown {
  return Object.hasOwn(Object(document), name) ? Reflect.get(Object(document), name) : undefined;
}

/** A value as text: nothing as nothing, structures as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : `${value as number}`;
}

/** Whether it is an object with members. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a resource. Throws TypeError for what is none. */
export function resourceOf(body: unknown): Resource {
  if (!isDocument(body) || typeof body['type'] !== 'string')
    throw new TypeError('the API answered something that is no resource');
  // From here on the API is taken at its word: it answers by the declarations that its schemas tell of.
  return { id: '', links: {}, actions: {}, ...body } as unknown as Resource;
}

/** Reads a page of a list. Throws TypeError for what is none. */
export function pageOf(body: unknown): Page {
  const data = member(body, 'data');
  if (!Array.isArray(data)) throw new TypeError('the API answered something that is no list');
  const pagination = member(body, 'pagination');
  return {
    data: data.map(resourceOf),
    links: linksOf(member(body, 'links')),
    next: urlOf(member(pagination, 'next')),
    previous: urlOf(member(pagination, 'previous')),
    createTypes: linksOf(member(body, 'createTypes')),
    createDefaults: Object(member(body, 'createDefaults')),
    sortLinks: linksOf(member(body, 'sortLinks')),
  };
}

/** Reads the schemas. */
export function schemasOf(body: unknown): readonly Schema[] {
  const data = member(body, 'data');
  return Array.isArray(data) ? (data as readonly Schema[]) : [];
}

function linksOf(value: unknown): Links {
  return Object.fromEntries(
    Object.entries(Object(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function urlOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
