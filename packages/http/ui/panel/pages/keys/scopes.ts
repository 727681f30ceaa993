import type { Schema } from '../../../hypermedia/documents.js';

/** What can be done with resources. */
export const VERBS = ['read', 'create', 'update', 'delete', 'act'] as const;

export type Verb = (typeof VERBS)[number];

/** Whether scopes open a verb of a type, by themselves or by a `*`. */
export function opens(scopes: readonly string[], type: string, verb: Verb): boolean {
  return [`${type}:${verb}`, `${type}:*`, `*:${verb}`, '*:*'].some((one) => scopes.includes(one));
}

/** The scopes after a verb of a type was opened or closed; all verbs of a type are written as one. */
export function turned(scopes: readonly string[], type: string, verb: Verb): readonly string[] {
  const mine = VERBS.filter((one) =>
    one === verb ? !hasOwn(scopes, type, one) : hasOwn(scopes, type, one),
  );
  const others = scopes.filter((scope) => !scope.startsWith(`${type}:`));
  if (mine.length === VERBS.length) return [...others, `${type}:*`];
  return [...others, ...mine.map((one) => `${type}:${one}`)];
}

/** Whether it is opened for this type itself, and not by `*` for all. */
export function hasOwn(scopes: readonly string[], type: string, verb: Verb): boolean {
  return scopes.includes(`${type}:${verb}`) || scopes.includes(`${type}:*`);
}

/** The verbs that a type has at all. */
export function verbsOf(schema: Schema): readonly Verb[] {
  const { collectionMethods, resourceMethods, resourceActions } = schema;
  const has: { readonly [verb in Verb]: boolean } = {
    read: collectionMethods.includes('GET'),
    create: collectionMethods.includes('POST'),
    update: resourceMethods.includes('PUT'),
    delete: resourceMethods.includes('DELETE'),
    act: Object.keys(resourceActions).length > 0,
  };
  return VERBS.filter((verb) => has[verb]);
}
