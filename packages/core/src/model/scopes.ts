import { RequestError } from './errors.js';
import type { Json } from './json.js';
import type { TypeRegistry } from './registry.js';
import type { Verb } from './resource-type.js';

/**
 * What something opens of what its account may do: a type's id or `*`, a colon, and a verb or `*`
 * (`volume:read`, `*:read`, `network:*`). A list of none opens all of it, and so does no list.
 */
export type Scopes = readonly string[];

/** Every verb, in the order in which documents name them. */
export const VERBS: readonly Verb[] = ['read', 'create', 'update', 'delete', 'act'];

const ANY = '*';

/** The scopes that a field holds; undefined where it opens everything. */
export function scopesIn(value: unknown): Scopes | undefined {
  const scopes = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  return scopes.length === 0 ? undefined : scopes;
}

/** Whether a verb on a type is among the scopes; undefined are all. */
export function isWithin(scopes: Scopes | undefined, type: string, verb: Verb): boolean {
  return (
    scopes === undefined ||
    scopes.some((scope) => {
      const [its, means] = partsOf(scope);
      return (its === ANY || its === type) && (means === ANY || means === verb);
    })
  );
}

/** What of the scopes is reading; where nothing is, a list of none, which {@link isWithin} takes as it stands. */
export function readsOf(scopes: Scopes | undefined): Scopes {
  return (scopes ?? [`${ANY}:${ANY}`]).flatMap((scope) => {
    const [type, verb] = partsOf(scope);
    return verb === ANY || verb === 'read' ? [`${type}:read`] : [];
  });
}

/** The first of `wanted` that goes beyond `own`, or `*:*` where `wanted` are all; undefined when none does. */
export function beyond(own: Scopes | undefined, wanted: Scopes | undefined): string | undefined {
  if (own === undefined) return undefined;
  return (wanted ?? [`${ANY}:${ANY}`]).find((scope) => {
    const [type, verb] = partsOf(scope);
    const verbs = verb === ANY ? VERBS : VERBS.filter((one) => one === verb);
    return !verbs.every((one) => isWithin(own, type, one));
  });
}

/** Throws InvalidOption, naming the field, for what is no scope of this cloud. */
export function checkScopes(field: string, value: Json | undefined, types: TypeRegistry): void {
  for (const scope of scopesIn(value) ?? []) {
    const [type, verb, ...more] = partsOf(scope);
    const isType = type === ANY || types.all().some(({ id }) => id === type);
    const isVerb = verb === ANY || VERBS.some((one) => one === verb);
    if (isType && isVerb && more.length === 0) continue;
    throw new RequestError(
      'InvalidOption',
      `${field}: ${JSON.stringify(scope)} is not <type id or *>:<${[...VERBS, ANY].join('|')}>`,
      { fieldName: field },
    );
  }
}

function partsOf(scope: string): readonly [type: string, verb: string, ...more: string[]] {
  const [type = '', verb = '', ...more] = scope.split(':');
  return [type, verb, ...more];
}
