import { RequestError } from '../model/errors.js';
import type { Field, Fields } from '../model/field.js';
import type { Json, JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Reference, ResourceReads, Scope } from '../ports/store.js';

/** Desired fields with every reference found. */
export interface Resolved {
  /** References as their targets are called: by natural key where the type has one, else by id. */
  readonly spec: JsonObject;
  readonly references: readonly Reference[];
}

/** Finds what reference fields name, with the caller's own eyes: what the caller may not see does not exist. */
export class ReferenceResolver {
  readonly #types: TypeRegistry;
  readonly #reads: Pick<ResourceReads, 'find'>;

  constructor(types: TypeRegistry, reads: Pick<ResourceReads, 'find'>) {
    this.#types = types;
    this.#reads = reads;
  }

  /** Resolves the reference fields of `spec`; with `only`, just those. Throws InvalidReference, naming the field. */
  async resolve(
    scope: Scope,
    fields: Fields,
    spec: JsonObject,
    only?: ReadonlySet<string>,
  ): Promise<Resolved> {
    const changed: Record<string, Json> = {};
    const references: Reference[] = [];
    for (const [name, field] of Object.entries(fields)) {
      const value = spec[name];
      if (value === undefined || value === null || (only !== undefined && !only.has(name)))
        continue;
      if (field.kind === 'reference') {
        const { called, target } = await this.#target(scope, name, field, value);
        changed[name] = called;
        references.push({ field: name, target: target.uuid });
      } else if (
        field.kind === 'array' &&
        field.element?.kind === 'reference' &&
        Array.isArray(value)
      ) {
        const found = [];
        for (const item of value) found.push(await this.#target(scope, name, field.element, item));
        changed[name] = found.map(({ called }) => called);
        references.push(...found.map(({ target }) => ({ field: name, target: target.uuid })));
      }
    }
    return { spec: { ...spec, ...changed }, references };
  }

  async #target(
    scope: Scope,
    name: string,
    field: Field,
    value: Json,
  ): Promise<{ called: string; target: Resource }> {
    const type = this.#types.get(field.target ?? '');
    const target =
      typeof value === 'string' ? await this.#reads.find(scope, type, value) : undefined;
    if (target === undefined || target.removed !== null || target.deleteRequestedAt !== null) {
      throw new RequestError(
        'InvalidReference',
        `${name}: there is no ${type.id} ${JSON.stringify(value)}`,
        {
          fieldName: name,
        },
      );
    }
    return { called: calledBy(type, target), target };
  }
}

function calledBy(type: ResourceType, target: Resource): string {
  return naturalKeyOf(type, target.name, target.spec as JsonObject) ?? target.id;
}

/** What makes a resource of the type unique among the living; null when nothing does. */
export function naturalKeyOf(
  type: ResourceType,
  name: string | null,
  spec: JsonObject,
): string | null {
  if (type.uniqueBy === undefined) return null;
  const value = type.uniqueBy === 'name' ? name : spec[type.uniqueBy];
  return typeof value === 'string' ? value : null;
}
