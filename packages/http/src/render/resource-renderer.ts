import {
  deriveState,
  type Field,
  type Fields,
  type Json,
  type JsonObject,
  type LinkDeclaration,
  linkEnd,
  type Resource,
  type Resources,
  type ResourceType,
  SecretUnreadable,
} from '@gdcloud/core';
import type { Document } from '../response/document.js';
import { isoSeconds } from './moment.js';
import { resourceUrl } from './urls.js';

/** What of a rendering depends on who asks and from where. */
export interface View {
  /** URL of the version, without a trailing slash. */
  readonly root: string;
  /** Friendly id of the account that the resource belongs to; null when it is unknown. */
  readonly accountId: string | null;
  /** Names of the actions that are possible now. */
  readonly actions: readonly string[];
  /** The types among {@link ResourceRenderer.ends} that who asks may read: only to those do links lead. */
  readonly readable: readonly string[];
  /** Whether the resource is the asker's own; administrators own all. Some ends of links are an owner's business. */
  readonly whose: 'own' | 'foreign';
  /** Fields that only the answer to the creating request shows. */
  readonly once?: JsonObject | undefined;
}

interface Written {
  /** What it depends on beside the resource. */
  readonly view: View;
  /** As it was asked for last: many are kept, each in one form, of which the other is soon made. */
  json: string | Buffer;
}

interface ShownField {
  readonly name: string;
  /** The same in milliseconds, of a date. */
  readonly twin: string | undefined;
}

interface ShownLink {
  readonly name: string;
  readonly path: string;
  /** The reference field that must be set for the link to lead anywhere. */
  readonly field?: string | undefined;
  /** The type of what it leads to; absent for what is no resource. */
  readonly end?: string | undefined;
  /** Who can follow it. */
  readonly by: 'reader' | 'owner';
}

/** Renders resources of one type. All that follows from the declaration is worked out once, here. */
export class ResourceRenderer {
  readonly #type: ResourceType;
  readonly #textOf: Resources['textOf'];
  readonly #spec: readonly ShownField[];
  /** Of those, what is kept sealed. */
  readonly #sealed: readonly string[];
  readonly #status: readonly ShownField[];
  readonly #links: readonly ShownLink[];
  /** The types that links lead to. */
  readonly ends: readonly string[];
  /** How a resource was written the last time: stores hand out the same one until it changes. */
  readonly #written = new WeakMap<Resource, Written>();

  /** `textOf` opens what is kept sealed: see Resources.textOf. */
  constructor(
    type: ResourceType,
    hasAccounts: 'accounts' | 'no accounts',
    textOf: Resources['textOf'],
  ) {
    this.#type = type;
    this.#textOf = textOf;
    this.#spec = shownFields(type.spec);
    this.#sealed = this.#spec
      .filter(({ name }) => type.spec[name]?.rest === 'sealed')
      .map(({ name }) => name);
    this.#status = shownFields(type.status);
    this.#links = [
      ...Object.entries(type.links).map(([name, link]) => declaredLink(type, name, link)),
      ...builtInLinks(hasAccounts).filter(({ name }) => !Object.hasOwn(type.links, name)),
    ];
    this.ends = [...new Set(this.#links.flatMap(({ end }) => end ?? []))];
  }

  /** {@link render} as a document. What is shown once is written anew each time. */
  document(resource: Resource, view: View): Document {
    return new ResourceDocument(this, resource, view);
  }

  /** {@link render} as JSON. */
  text(resource: Resource, view: View): string {
    const written = this.#writtenOf(resource, view);
    if (typeof written.json !== 'string') written.json = written.json.toString();
    return written.json;
  }

  /** {@link render} as JSON in UTF-8. */
  bytes(resource: Resource, view: View): Uint8Array {
    const written = this.#writtenOf(resource, view);
    if (typeof written.json === 'string') written.json = Buffer.from(written.json);
    return written.json;
  }

  #writtenOf(resource: Resource, view: View): Written {
    const known = this.#written.get(resource);
    if (known !== undefined && isSameView(known.view, view)) return known;
    const body = this.render(resource, view);
    const written = { view, json: JSON.stringify(body) };
    if (view.once === undefined && this.#isWhole(body, resource))
      this.#written.set(resource, written);
    return written;
  }

  // What could not be read may be once more, when its key is back, and the resource is none other then.
  #isWhole(body: JsonObject, { spec }: Resource): boolean {
    return this.#sealed.every((name) => body[name] !== null || !isSet(spec[name]));
  }

  /** The resource as callers see it: every common field, every field that is shown, links and actions (rules 9, 13, 15). */
  render(resource: Resource, view: View): JsonObject {
    const self = resourceUrl(view.root, this.#type, resource.id);
    const body: Record<string, Json> = {
      id: resource.id,
      uuid: resource.uuid,
      type: this.#type.id,
      kind: this.#type.id,
      name: resource.name,
      description: resource.description,
      rev: resource.generation,
      ...deriveState(this.#type, resource),
    };
    show(body, this.#spec, resource.spec);
    for (const name of this.#sealed) body[name] = this.#opened(resource, name);
    show(body, this.#status, resource.status);
    body['accountId'] = view.accountId;
    body['created'] = isoSeconds(resource.created);
    body['createdTS'] = resource.created;
    body['removed'] = resource.removed === null ? null : isoSeconds(resource.removed);
    if (resource.removed !== null) body['removedTS'] = resource.removed;
    body['data'] = resource.data;
    Object.assign(body, view.once);
    body['links'] = this.#linksOf(resource, self, view);
    body['actions'] = Object.fromEntries(
      view.actions.map((name) => [name, `${self}/?action=${name}`]),
    );
    return body;
  }

  // One value that can't be read must not take the rest of a list away.
  #opened(resource: Resource, field: string): string | null {
    try {
      return this.#textOf(resource, field);
    } catch (thrown) {
      if (thrown instanceof SecretUnreadable) return null;
      throw thrown;
    }
  }

  #linksOf(resource: Resource, self: string, { readable, whose }: View): JsonObject {
    const links: Record<string, string> = { self };
    for (const { name, path, field, end, by } of this.#links) {
      if (field !== undefined && !isSet(resource.spec[field] ?? resource.status[field])) continue;
      if (by === 'owner' && whose === 'foreign') continue;
      if (end === undefined || readable.includes(end)) links[name] = self + path;
    }
    return links;
  }
}

// A class, as a list makes many: objects with getters of their own are slow to make.
class ResourceDocument implements Document {
  readonly #renderer: ResourceRenderer;
  readonly #resource: Resource;
  readonly #view: View;

  constructor(renderer: ResourceRenderer, resource: Resource, view: View) {
    this.#renderer = renderer;
    this.#resource = resource;
    this.#view = view;
  }

  get body(): JsonObject {
    return this.#renderer.render(this.#resource, this.#view);
  }

  get text(): string {
    return this.#renderer.text(this.#resource, this.#view);
  }

  get bytes(): Uint8Array {
    return this.#renderer.bytes(this.#resource, this.#view);
  }
}

// What is shown once makes a view that no other is like.
function isSameView(known: View, view: View): boolean {
  return (
    known.root === view.root &&
    known.accountId === view.accountId &&
    known.whose === view.whose &&
    view.once === undefined &&
    areSame(known.actions, view.actions) &&
    areSame(known.readable, view.readable)
  );
}

function areSame(known: readonly string[], texts: readonly string[]): boolean {
  if (known.length !== texts.length) return false;
  for (let index = 0; index < texts.length; index += 1)
    if (known[index] !== texts[index]) return false;
  return true;
}

function declaredLink(type: ResourceType, name: string, link: LinkDeclaration): ShownLink {
  return {
    name,
    path: `/${name}`,
    field: link.kind === 'reference' ? link.field : undefined,
    end: linkEnd(type, link),
    by: link.kind === 'content' ? 'owner' : 'reader',
  };
}

function builtInLinks(hasAccounts: 'accounts' | 'no accounts'): readonly ShownLink[] {
  const events: ShownLink = { name: 'events', path: '/events', by: 'reader' };
  return hasAccounts === 'accounts'
    ? [{ name: 'account', path: '/account', end: 'account', by: 'owner' }, events]
    : [events];
}

function shownFields(fields: Fields): readonly ShownField[] {
  return Object.entries(fields)
    .filter(([, field]: [string, Field]) => (field.show ?? 'always') === 'always')
    .map(([name, field]) => ({ name, twin: field.kind === 'date' ? `${name}TS` : undefined }));
}

function show(
  body: Record<string, Json>,
  fields: readonly ShownField[],
  values: { readonly [name: string]: unknown },
): void {
  for (const { name, twin } of fields) {
    const value = stored(values[name]);
    if (twin === undefined || typeof value !== 'number') {
      body[name] = value;
    } else {
      body[name] = isoSeconds(value);
      body[twin] = value;
    }
  }
}

// What a resource holds was validated or reported as JSON; its type is only known to the declaration.
function stored(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}
