import {
  type Caller,
  filterableFields,
  type JsonObject,
  RequestError,
  type Resources,
  type ResourceType,
  type TypeRegistry,
} from '@gdcloud/core';
import { Recent } from '../limits/recent.js';
import { collectionUrl, schemaUrl } from '../render/urls.js';
import { type TaggedDocument, taggedDocument } from '../response/tagged-document.js';
import { builtInInputs, fieldsOf, inputSchemas, resourceActions } from './action-schema.js';
import { EMBEDDED_SCHEMAS } from './embedded-schemas.js';
import { includeableLinks } from './includeable-links.js';
import { resourceFields } from './resource-fields.js';
import { rightsSignature } from './rights-signature.js';
import {
  collectionMethods,
  isVisible,
  resourceMethods,
  rightsOn,
  type TypeRights,
} from './type-rights.js';

const KEPT_BODIES = 500;
/** Their URLs are made of the Host header, which callers choose. */
const KEPT_COLLECTIONS = 32;

/** The schemas of all types as one caller sees them: what the caller may not do is not in them. */
export class SchemaCatalogue {
  readonly #types: TypeRegistry;
  readonly #resources: Resources;
  readonly #accounts: 'accounts' | 'no accounts';
  /** The part of a schema that depends on neither URL nor caller beyond its rights. */
  readonly #bodies = new Map<string, JsonObject>();
  readonly #collections = new Recent<TaggedDocument>(KEPT_COLLECTIONS);

  constructor(types: TypeRegistry, resources: Resources) {
    this.#types = types;
    this.#resources = resources;
    this.#accounts = types.find('account') === undefined ? 'no accounts' : 'accounts';
  }

  /** `/v1/schemas` (rule 6). Never paged. */
  collection(caller: Caller, root: string): TaggedDocument {
    const signature = rightsSignature(this.#types, this.#resources, caller);
    const key = `${root} ${signature}`;
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const made = taggedDocument(this.#collection(caller, root));
    this.#collections.set(key, made);
    return made;
  }

  #collection(caller: Caller, root: string): JsonObject {
    const self = `${root}/schemas`;
    return {
      type: 'collection',
      resourceType: 'schema',
      links: { self, root, schemas: self },
      data: this.#all(caller, root),
      actions: {},
      pagination: null,
      sort: null,
      sortLinks: {},
      filters: {},
      createTypes: {},
      createDefaults: {},
    };
  }

  /** `/v1/schemas/<id>`, in any case, by id or plural. Throws NotFound. */
  one(caller: Caller, root: string, id: string): TaggedDocument {
    const wanted = this.#types.find(id)?.id.toLowerCase() ?? id.toLowerCase();
    const found = this.#all(caller, root).find(
      ({ id: schemaId }) => typeof schemaId === 'string' && schemaId.toLowerCase() === wanted,
    );
    if (found === undefined) throw new RequestError('NotFound', 'there is no such schema');
    return taggedDocument(found);
  }

  #all(caller: Caller, root: string): readonly JsonObject[] {
    const embedded = [...EMBEDDED_SCHEMAS].map(([id, fields]) =>
      id === 'schema' ? schemaOfSchemas(root, fields) : plainSchema(root, id, fields),
    );
    const declared = this.#types.all().flatMap((type) => {
      if (!isVisible(this.#resources, caller, type)) return [];
      const rights = rightsOn(this.#resources, caller, type);
      const inputs = [...inputSchemas(type, rights)];
      return [
        this.#schemaOf(caller, type, rights, root),
        ...inputs.map(([id, fields]) => plainSchema(root, id, fields)),
      ];
    });
    const shared = [...builtInInputs()].map(([id, input]) =>
      plainSchema(root, id, fieldsOf(input)),
    );
    return [...embedded, ...shared, ...declared];
  }

  #schemaOf(caller: Caller, type: ResourceType, rights: TypeRights, root: string): JsonObject {
    const includeable = includeableLinks(this.#types, this.#resources, caller, type);
    const key = `${type.id} ${[...rights].join(' ')} ${includeable.join(' ')}`;
    let body = this.#bodies.get(key);
    if (body === undefined) {
      body = { ...typeBody(type, rights, this.#accounts), includeableLinks: includeable };
      // Keys can be narrowed in more ways than are worth remembering.
      if (this.#bodies.size >= KEPT_BODIES) this.#bodies.clear();
      this.#bodies.set(key, body);
    }
    const links = {
      self: schemaUrl(root, type.id),
      schemas: `${root}/schemas`,
      collection: collectionUrl(root, type),
    };
    return { id: type.id, type: 'schema', links, actions: {}, ...body };
  }
}

function typeBody(
  type: ResourceType,
  rights: TypeRights,
  accounts: 'accounts' | 'no accounts',
): JsonObject {
  const filters = Object.entries(filterableFields(type)).map(([name, { field, modifiers }]) => [
    name,
    { modifiers, options: field.options ?? null },
  ]);
  return {
    pluralName: type.plural,
    description: type.description,
    parent: null,
    children: [],
    resourceMethods: resourceMethods(rights),
    collectionMethods: collectionMethods(rights),
    resourceFields: resourceFields(type, rights, accounts),
    resourceActions: resourceActions(type, rights),
    collectionActions: {},
    collectionFields: {},
    collectionFilters: Object.fromEntries(filters),
  };
}

function plainSchema(root: string, id: string, fields: JsonObject): JsonObject {
  return {
    id,
    type: 'schema',
    links: { self: schemaUrl(root, id), schemas: `${root}/schemas` },
    actions: {},
    pluralName: `${id}s`,
    description: null,
    parent: null,
    children: [],
    includeableLinks: [],
    resourceMethods: [],
    collectionMethods: [],
    resourceFields: fields,
    resourceActions: {},
    collectionActions: {},
    collectionFields: {},
    collectionFilters: {},
  };
}

function schemaOfSchemas(root: string, fields: JsonObject): JsonObject {
  return {
    ...plainSchema(root, 'schema', fields),
    resourceMethods: ['GET'],
    collectionMethods: ['GET'],
    links: {
      self: schemaUrl(root, 'schema'),
      schemas: `${root}/schemas`,
      collection: `${root}/schemas`,
    },
  };
}
