import type { Field } from './field.js';
import type { Resource } from './resource.js';
import type { ResourceType } from './resource-type.js';

/** The fields of a type that are kept sealed; of any type, any name. */
export type SealedField<T extends ResourceType> = string extends keyof T['spec']
  ? string
  : {
      [Name in keyof T['spec']]: T['spec'][Name] extends Field<unknown, infer Traits>
        ? Traits extends { readonly rest: 'sealed' }
          ? Name
          : never
        : never;
    }[keyof T['spec']] &
      string;

/**
 * The text of a field that is kept sealed; null where it has none. Throws SecretUnreadable, which is not null: what can't
 * be read must not be taken for what is not there.
 */
export type OpenSealed = <T extends ResourceType>(
  resource: Resource<T>,
  field: SealedField<T>,
) => string | null;

// Asked several times for each write, and the same for good.
const known = new WeakMap<ResourceType, readonly string[]>();

/** The names of a type's fields that are kept sealed. */
export function sealedFields(type: ResourceType): readonly string[] {
  let names = known.get(type);
  if (names === undefined) {
    names = Object.keys(type.spec).filter((name) => type.spec[name]?.rest === 'sealed');
    known.set(type, names);
  }
  return names;
}

/** Throws TypeError where a type says `sealed` of what has to be read in the database itself, or is never written by it. */
export function checkSealedFields(type: ResourceType): void {
  for (const name of sealedFields(type)) {
    const field = type.spec[name];
    const where = `${type.id}.${name}`;
    if (field?.filter !== 'never')
      throw new TypeError(`${where}: what is kept sealed can't be filtered; say filter: 'never'`);
    if (field.kind !== 'string' && field.kind !== 'password')
      throw new TypeError(`${where}: only texts are kept sealed`);
    if (type.uniqueBy === name)
      throw new TypeError(`${where}: what is kept sealed can't be unique`);
  }
  const elsewhere: readonly (readonly [string, Field])[] = [
    ...Object.entries(type.status),
    ...Object.values(type.actions).flatMap(({ input }) => Object.entries(input)),
  ];
  for (const [name, { element }] of Object.entries(type.spec))
    if (element?.rest === 'sealed')
      throw new TypeError(`${type.id}.${name}: what is in a list or a map can't be kept sealed`);
  for (const [name, { rest }] of elsewhere)
    if (rest === 'sealed')
      throw new TypeError(`${type.id}.${name}: only fields of the desired state are kept sealed`);
}
