import type { ResourceType } from './resource-type.js';
import { checkSealedFields } from './sealed-fields.js';

/** All resource types of one cloud. Complete once the kernel starts; ids and plurals are found in any case. */
export class TypeRegistry {
  readonly #byName = new Map<string, ResourceType>();
  readonly #types: readonly ResourceType[];

  /**
   * Throws when two types share a name, when a link, a reference or an action leads to no type, or when what is to be kept
   * sealed can't be.
   */
  constructor(types: readonly ResourceType[]) {
    this.#types = types;
    for (const type of types) {
      for (const name of [type.id, type.plural]) {
        if (name !== name.toLowerCase())
          throw new TypeError(`${name}: names of types are lower case`);
        if (this.#byName.has(name)) throw new TypeError(`two resource types are called ${name}`);
        this.#byName.set(name, type);
      }
    }
    for (const type of types) {
      this.#checkTargets(type);
      checkSealedFields(type);
    }
  }

  /** In the order of registration. */
  all(): readonly ResourceType[] {
    return this.#types;
  }

  /** The type called `name`, by id or plural, in any case. */
  find(name: string): ResourceType | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The type with this id; for ids that come from the store or a declaration. */
  get(id: string): ResourceType {
    const type = this.#byName.get(id);
    if (type === undefined)
      throw new TypeError(`no resource type is called ${id}: its plug-in is missing`);
    return type;
  }

  #checkTargets(type: ResourceType): void {
    for (const [name, field] of Object.entries({ ...type.spec, ...type.status })) {
      const target = field.target ?? field.element?.target;
      if (target !== undefined) this.#check(target, `${type.id}.${name}`);
    }
    for (const [name, { asksFor }] of Object.entries(type.actions)) {
      if (asksFor !== undefined) this.#check(asksFor.type, `action ${type.id}.${name}`);
    }
    for (const [name, link] of Object.entries(type.links)) {
      if (link.kind === 'children') {
        this.#check(link.type, `link ${type.id}.${name}`);
        const child = this.get(link.type);
        if ((child.spec[link.field] ?? child.status[link.field])?.target !== type.id) {
          throw new TypeError(
            `link ${type.id}.${name}: ${link.type}.${link.field} does not refer to ${type.id}`,
          );
        }
      }
    }
  }

  #check(target: string, from: string): void {
    if (!this.#byName.has(target))
      throw new TypeError(`${from} leads to ${target}, which is no resource type`);
  }
}
