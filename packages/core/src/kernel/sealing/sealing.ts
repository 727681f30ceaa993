import type { Json, JsonObject } from '../../model/json.js';
import { isJsonObject, sameJson } from '../../model/json.js';
import type { Identity, Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { type OpenSealed, sealedFields } from '../../model/sealed-fields.js';
import { SecretUnreadable } from '../../model/secret-unreadable.js';
import type { Random } from '../../ports/random.js';
import type { SealingKeys } from '../../ports/sealing-keys.js';
import { type Place, Sealer } from './sealer.js';

/** Whose desired state it is: what is sealed is bound to it. */
export type Owner = Pick<Identity, 'account' | 'uuid'> & Partial<Pick<Identity, 'id'>>;

/** How the sealed fields of a resource are kept. */
export type Keeping = 'current' | 'former' | 'plain' | 'unreadable';

/** A resource whose sealed fields were looked after. */
export interface Renewed {
  /** How each field that has a text was kept before. */
  readonly kept: readonly Keeping[];
  /** The desired state as it is to be kept; undefined where it is kept so already. */
  readonly spec: JsonObject | undefined;
}

/**
 * Which texts of desired state are kept sealed, and how. All that is written passes {@link Sealing.seal}; only what needs
 * the text opens it. A text in a sealed field is one of an earlier release, and read as it is.
 */
export class Sealing {
  readonly #sealer: Sealer;

  constructor(keys: SealingKeys, random: Pick<Random, 'bytes'>) {
    this.#sealer = new Sealer(keys, random);
  }

  /** See {@link OpenSealed}. */
  readonly open: OpenSealed = (resource: Resource, field: string): string | null =>
    this.#opened(resource.spec[field] as Json | undefined, placeOf(resource.type, resource, field));

  /**
   * Fields with the texts among them sealed for `owner`. A text that says what is kept in `before` stays as that is
   * there: asking for it once more is no change.
   */
  seal(type: ResourceType, owner: Owner, spec: JsonObject, before: JsonObject = {}): JsonObject {
    return this.#mapped(type, spec, (name, value) => {
      if (typeof value !== 'string') return value;
      const place = placeOf(type.id, owner, name);
      const known = before[name];
      return known !== undefined && this.#says(known, value, place)
        ? known
        : { sealed: this.#sealer.seal(value, place) };
    });
  }

  /** A desired state that is about to be written, with nothing in clear and nothing under a former key that opens. */
  renewed(type: ResourceType, owner: Owner, spec: JsonObject): JsonObject {
    return this.#mapped(type, spec, (name, value) =>
      this.#renewed(value, placeOf(type.id, owner, name)),
    );
  }

  /** How a resource's fields are kept, and how they are to be from now on. */
  renewal(type: ResourceType, resource: Resource): Renewed {
    const before = resource.spec as JsonObject;
    const kept: Keeping[] = [];
    const spec = this.#mapped(type, before, (name, value) => {
      const place = placeOf(type.id, resource, name);
      const renewed = this.#renewed(value, place);
      if (value !== null) kept.push(this.#keeping(value, renewed, place));
      return renewed;
    });
    return { kept, spec: sameJson(spec, before) ? undefined : spec };
  }

  /**
   * Fields with the texts of those that are kept sealed, for a digest that is keyed: the same for the same text, however
   * it is sealed. What can't be read stands for itself.
   */
  texts(type: ResourceType, owner: Owner, spec: JsonObject): JsonObject {
    return this.#mapped(type, spec, (name, value) =>
      unlessUnreadable(() => this.#opened(value, placeOf(type.id, owner, name)), value),
    );
  }

  #mapped(
    type: ResourceType,
    spec: JsonObject,
    kept: (name: string, value: Json) => Json,
  ): JsonObject {
    const names = sealedFields(type).filter((name) => Object.hasOwn(spec, name));
    if (names.length === 0) return spec;
    return {
      ...spec,
      ...Object.fromEntries(names.map((name) => [name, kept(name, spec[name] ?? null)])),
    };
  }

  #says(known: Json, text: string, place: Place): boolean {
    return unlessUnreadable(() => this.#opened(known, place) === text, false);
  }

  #opened(value: Json | undefined, place: Place): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') return value;
    const text = isJsonObject(value) ? value['sealed'] : undefined;
    return this.#sealer.open(typeof text === 'string' ? text : '', place);
  }

  // What does not open stays as it is: it may open again, once its key is back.
  #renewed(value: Json, place: Place): Json {
    if (typeof value === 'string') return { sealed: this.#sealer.seal(value, place) };
    const text = isJsonObject(value) ? value['sealed'] : undefined;
    if (typeof text !== 'string') return value;
    const renewed = unlessUnreadable(() => this.#sealer.renew(text, place), text);
    return renewed === text ? value : { sealed: renewed };
  }

  #keeping(value: Json, renewed: Json, place: Place): Keeping {
    if (typeof value === 'string') return 'plain';
    if (renewed !== value) return 'former';
    return unlessUnreadable(() => {
      this.#opened(value, place);
      return 'current';
    }, 'unreadable');
  }
}

function unlessUnreadable<Result>(work: () => Result, otherwise: Result): Result {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SecretUnreadable) return otherwise;
    throw thrown;
  }
}

function placeOf(type: string, { account, uuid, id }: Owner, field: string): Place {
  return { account, type, uuid, id, field };
}
