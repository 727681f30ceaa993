import type { Json, JsonObject } from '@gdcloud/core';

/** A call of this process that changed something, and how it ended: with its result, or in any other way. */
export interface Write {
  readonly method: string;
  readonly args: readonly Json[];
  readonly ended: { readonly result: Json } | 'failed';
}

/** What a write is known to have done to its object, as far as the reply proves it. */
export type Effect =
  | { readonly kind: 'created'; readonly ref: string; readonly fields: JsonObject }
  | { readonly kind: 'removed'; readonly ref: string }
  | {
      readonly kind: 'changed';
      readonly ref: string;
      readonly field: string;
      readonly value: (before: Json | undefined) => Json;
    }
  /** It may have done anything to this object; without one, to any of the class. */
  | { readonly kind: 'uncertain'; readonly ref?: string };

/** Reads a write's effect from the way XAPI names its calls. Pure. */
export function effectOf({ method, args, ended }: Write): Effect {
  const [className = '', message = ''] = method.split('.');
  const [object, key, value] = args;
  if (ended !== 'failed' && className !== 'Async' && message === 'create') {
    const { result: ref } = ended;
    return typeof ref === 'string'
      ? { kind: 'created', ref, fields: entriesOf(object) }
      : { kind: 'uncertain' };
  }
  if (typeof object !== 'string') return { kind: 'uncertain' };
  if (ended === 'failed' || className === 'Async') return { kind: 'uncertain', ref: object };
  if (message === 'destroy') return { kind: 'removed', ref: object };
  const [, verb, field = ''] = /^(set|add_to|remove_from)_(\w+)$/.exec(message) ?? [];
  const changed = { kind: 'changed', ref: object, field } as const;
  if (verb === 'set' && args.length === 2 && key !== undefined) {
    return { ...changed, value: () => key };
  }
  if (verb === 'add_to' && typeof key === 'string' && value !== undefined) {
    return { ...changed, value: (map) => ({ ...entriesOf(map), [key]: value }) };
  }
  if (verb === 'remove_from' && typeof key === 'string') {
    return { ...changed, value: (map) => without(entriesOf(map), key) };
  }
  return { kind: 'uncertain', ref: object };
}

/** The class whose object a call is about. */
export function classOf(method: string): string {
  return method.replace(/^Async\./, '').split('.')[0] ?? '';
}

function entriesOf(map: Json | undefined): JsonObject {
  return isObject(map) ? map : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(entries: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = entries;
  return rest;
}
