import {
  deriveState,
  type Field,
  type Fields,
  type Json,
  type JsonObject,
  type Resource,
  type ResourceType,
} from '@gdcloud/core';
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
  /** Fields that only the answer to the creating request shows. */
  readonly once?: JsonObject | undefined;
}

interface ShownField {
  readonly name: string;
  readonly twin: string | undefined;
}

interface ShownLink {
  readonly name: string;
  readonly path: string;
  /** The reference field that must be set for the link to lead anywhere. */
  readonly field: string | undefined;
}

/** Renders resources of one type. All that follows from the declaration is worked out once, here. */
export class ResourceRenderer {
  readonly #type: ResourceType;
  readonly #spec: readonly ShownField[];
  readonly #status: readonly ShownField[];
  readonly #links: readonly ShownLink[];

  constructor(type: ResourceType, hasAccounts: 'accounts' | 'no accounts') {
    this.#type = type;
    this.#spec = shownFields(type.spec);
    this.#status = shownFields(type.status);
    this.#links = [
      ...Object.entries(type.links).map(([name, link]) => ({
        name,
        path: `/${name}`,
        field: link.kind === 'reference' ? link.field : undefined,
      })),
      ...builtInLinks(hasAccounts).filter(({ name }) => !Object.hasOwn(type.links, name)),
    ];
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
      ...deriveState(this.#type, resource),
    };
    show(body, this.#spec, resource.spec);
    show(body, this.#status, resource.status);
    body['accountId'] = view.accountId;
    body['created'] = isoSeconds(resource.created);
    body['createdTS'] = resource.created;
    body['removed'] = resource.removed === null ? null : isoSeconds(resource.removed);
    if (resource.removed !== null) body['removedTS'] = resource.removed;
    body['data'] = resource.data;
    Object.assign(body, view.once);
    body['links'] = this.#linksOf(resource, self);
    body['actions'] = Object.fromEntries(
      view.actions.map((name) => [name, `${self}/?action=${name}`]),
    );
    return body;
  }

  #linksOf(resource: Resource, self: string): JsonObject {
    const links: Record<string, string> = { self };
    for (const { name, path, field } of this.#links) {
      if (field === undefined || isSet(resource.spec[field])) links[name] = self + path;
    }
    return links;
  }
}

function builtInLinks(hasAccounts: 'accounts' | 'no accounts'): readonly ShownLink[] {
  const events = { name: 'events', path: '/events', field: undefined };
  return hasAccounts === 'accounts'
    ? [{ name: 'account', path: '/account', field: undefined }, events]
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
