import type { Fields, Schema } from './documents.js';

/** The types of an API, found by name. What a caller may not use is not in it. */
export class Catalogue {
  /** In the order in which the API tells of them. */
  readonly schemas: readonly Schema[];
  readonly #byId: ReadonlyMap<string, Schema>;
  readonly #byPlural: ReadonlyMap<string, Schema>;

  constructor(schemas: readonly Schema[]) {
    this.schemas = schemas;
    this.#byId = new Map(schemas.map((schema) => [schema.id, schema]));
    this.#byPlural = new Map(schemas.map((schema) => [schema.pluralName, schema]));
  }

  /** The type with this id: `virtualmachine`. */
  type(id: string): Schema | undefined {
    return this.#byId.get(id);
  }

  /** The type whose collection has this name: `virtualmachines`. */
  plural(name: string): Schema | undefined {
    return this.#byPlural.get(name);
  }

  /** The types whose resources can be listed. */
  get listed(): readonly Schema[] {
    return this.schemas.filter((schema) => this.collectionUrl(schema) !== undefined);
  }

  /** Where the collection of a type is; undefined for types that describe and have none. */
  collectionUrl({ id, links, collectionMethods }: Schema): string | undefined {
    return id !== 'schema' && collectionMethods.includes('GET') ? links['collection'] : undefined;
  }

  /** What an action of a type takes; no fields for one that takes nothing. */
  inputOf(schema: Schema, action: string): Fields {
    const input = schema.resourceActions[action]?.input;
    return input === undefined ? {} : (this.type(input)?.resourceFields ?? {});
  }
}

/** The type that a field refers to: `network` for `reference[network]`; undefined for a field of another kind. */
export function referredType(fieldType: string): string | undefined {
  return /^(?:array\[)?reference\[([^\]]+)\]/.exec(fieldType)?.[1];
}

/** Whether a field holds several values, one beside the other. */
export function isList(fieldType: string): boolean {
  return fieldType.startsWith('array[');
}
