import { ReferenceLost, RequestError } from '../model/errors.js';
import type { Field, Fields } from '../model/field.js';
import type { Json, JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { NamedResources, ResourceType } from '../model/resource-type.js';
import type { Reference, ResourceReads, Scope } from '../ports/store.js';

/** Desired fields with every reference found. */
export interface Resolved {
  /** References as their targets are called: by natural key where the type has one, else by id. */
  readonly spec: JsonObject;
  readonly references: readonly Reference[];
  /** What each reference field names, lists left out. */
  readonly named: NamedResources;
}

/** Finds what reference fields name, with the caller's own eyes: what the caller may not see does not exist. */
export class ReferenceResolver {
  readonly #types: TypeRegistry;
  readonly #reads: Pick<ResourceReads, 'findAll'>;

  constructor(types: TypeRegistry, reads: Pick<ResourceReads, 'findAll'>) {
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
    const named = Object.entries(fields).flatMap(([name, field]) =>
      only === undefined || only.has(name) ? this.#namedIn(name, field, spec[name]) : [],
    );
    if (named.length === 0) return { spec, references: [], named: {} };
    const targets = await this.#reads.findAll(
      scope,
      named.map(({ type, value }) => ({ type, id: typeof value === 'string' ? value : '' })),
    );
    const changed: Record<string, Json> = {};
    const references: Reference[] = [];
    const found: Record<string, Resource> = {};
    for (const [index, { name, type, place, value }] of named.entries()) {
      const target = targets[index];
      if (target === undefined || target.removed !== null)
        throw invalid(name, `there is no ${type.id} ${JSON.stringify(value)}`);
      if (target.deleteRequestedAt !== null) throw leaving(name, type, value);
      const called = calledBy(type, target);
      const others = changed[name];
      changed[name] =
        place === 'alone' ? called : [...(Array.isArray(others) ? others : []), called];
      references.push({ field: name, target: target.uuid });
      if (place === 'alone') found[name] = target;
    }
    return { spec: { ...spec, ...changed }, references, named: found };
  }

  /**
   * Runs a write that names what was found. What was there when it was looked for may have been asked to leave since: the
   * store says so, and then this throws InvalidReference too, naming the field.
   */
  naming<Result>(
    fields: Fields,
    { spec, references }: Pick<Resolved, 'spec' | 'references'>,
    write: () => Promise<Result>,
  ): Promise<Result> {
    return write().catch((thrown: unknown) => {
      if (!(thrown instanceof ReferenceLost)) throw thrown;
      const { field, target } = thrown;
      if (field === undefined) throw invalid('accountId', 'the account is being removed');
      const values = this.#namedIn(field, fields[field], spec[field]);
      const place = references
        .filter((reference) => reference.field === field)
        .findIndex((reference) => reference.target === target);
      const named = values[place];
      throw named === undefined
        ? invalid(field, 'it names what is being removed')
        : leaving(field, named.type, named.value);
    });
  }

  #namedIn(name: string, field: Field | undefined, value: Json | undefined): readonly Named[] {
    if (field === undefined || value === undefined || value === null) return [];
    if (field.kind === 'reference')
      return [{ name, type: this.#types.get(field.target ?? ''), place: 'alone', value }];
    const { element } = field;
    if (field.kind !== 'array' || element?.kind !== 'reference' || !Array.isArray(value)) return [];
    const type = this.#types.get(element.target ?? '');
    return value.map((item) => ({ name, type, place: 'among others', value: item }));
  }
}

/** What a reference field names. */
interface Named {
  readonly name: string;
  readonly type: ResourceType;
  readonly place: 'alone' | 'among others';
  readonly value: Json;
}

function invalid(fieldName: string, what: string): RequestError {
  return new RequestError('InvalidReference', `${fieldName}: ${what}`, { fieldName });
}

function leaving(fieldName: string, type: ResourceType, value: Json): RequestError {
  return invalid(fieldName, `${type.id} ${JSON.stringify(value)} is being removed`);
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
