import type { Json, JsonObject } from './json.js';

/** What the API family calls the type of a field (reference/gdapi.md 1.3). */
export type FieldKind =
  | 'string'
  | 'int'
  | 'boolean'
  | 'enum'
  | 'date'
  | 'password'
  | 'json'
  | 'reference'
  | 'array'
  | 'map';

/**
 * Who may set a field of the desired state: callers when they create (`create`), callers at any time (`always`),
 * or only our own actions and admission (`internal`).
 */
export type Write = 'create' | 'always' | 'internal';

/** Who gets to see a field: every reader, only the answer to the request that created the resource, or nobody. */
export type Show = 'always' | 'once' | 'never';

/** A string form with rules of its own, checked by {@link FORMATS}. */
export type Format =
  | 'ipv4'
  | 'ipv4-cidr'
  | 'domain'
  | 'mac'
  | 'ip'
  | 'cidr'
  | 'host-cidr'
  | 'ipv6-cidr'
  | 'wireguard-key'
  | 'endpoint'
  | 'url-path';

/** What a declaration may say of a field. All limits are inclusive. */
export interface FieldOptions<Value extends Json = Json> {
  readonly description: string;
  /** Callers must send it on create. */
  readonly required?: true;
  /** Takes the place of a missing value; without it, and not required, a missing value is null. */
  readonly default?: Value;
  readonly write?: Write;
  readonly show?: Show;
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The body of a character class: `a-z0-9-`. */
  readonly validChars?: string;
  readonly format?: Format;
  /**
   * What a reference means for deleting its target: `needs` (default) keeps the target from being deleted, `belongs`
   * does not: the target takes this resource along.
   */
  readonly role?: 'needs' | 'belongs';
  /** Whether lists can be filtered and sorted by it. Scalars can unless this says `never`. */
  readonly filter?: 'never';
}

/** A field as declared: pure data. `Value` exists for the compiler only. */
export interface Field<Value = unknown> extends FieldOptions {
  readonly kind: FieldKind;
  /** The allowed values of an enum. */
  readonly options?: readonly string[];
  /** The type a reference points to. */
  readonly target?: string;
  /** The field that an array's or map's elements are like. */
  readonly element?: Field;
  /** Never present: carries the type of the value. */
  readonly value?: Value;
}

/** The fields of a document by name. */
export type Fields = { readonly [name: string]: Field };

/** The document that fields describe: every field present, null where nothing was given and nothing is the default. */
export type Document<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

type Given<Value, Options> = Options extends
  | { readonly required: true }
  | { readonly default: Json }
  ? Value
  : Value | null;

/** Text of at most 255 characters unless `maxLength` says otherwise. */
export function string<const O extends FieldOptions<string>>(options: O): Field<Given<string, O>> {
  return { maxLength: 255, ...options, kind: 'string' };
}

/** A whole number within ±(2^53 − 1). */
export function int<const O extends FieldOptions<number>>(options: O): Field<Given<number, O>> {
  return { ...options, kind: 'int' };
}

/** True or false. */
export function boolean<const O extends FieldOptions<boolean>>(
  options: O,
): Field<Given<boolean, O>> {
  return { ...options, kind: 'boolean' };
}

/** One of a few words. */
export function enumeration<const V extends string, const O extends FieldOptions<NoInfer<V>>>(
  values: readonly V[],
  options: O,
): Field<Given<V, O>> {
  return { ...options, kind: 'enum', options: values };
}

/** A moment: ISO 8601 UTC outside, with a `…TS` twin in milliseconds; milliseconds since the epoch inside. */
export function date<const O extends FieldOptions<number>>(options: O): Field<Given<number, O>> {
  return { ...options, kind: 'date' };
}

/** Text that is never listed, filtered or logged. */
export function password<const O extends FieldOptions<string>>(
  options: O,
): Field<Given<string, O>> {
  return { maxLength: 255, filter: 'never', ...options, kind: 'password' };
}

/** The friendly id of a resource of another type; checked to exist and to be the caller's when it is set. */
export function reference<const O extends FieldOptions<string>>(
  target: string,
  options: O,
): Field<Given<string, O>> {
  return { maxLength: 255, ...options, kind: 'reference', target };
}

/** Any JSON. */
export function json<const O extends FieldOptions>(options: O): Field<Json> {
  return { ...options, kind: 'json' };
}

/** A list of values of one kind. */
export function array<E, const O extends FieldOptions<readonly Json[]>>(
  element: Field<E>,
  options: O,
): Field<Given<readonly NonNullable<E>[], O>> {
  return { ...options, kind: 'array', element };
}

/** Values of one kind by name. */
export function map<E, const O extends FieldOptions<JsonObject>>(
  element: Field<E>,
  options: O,
): Field<Given<{ readonly [name: string]: NonNullable<E> }, O>> {
  return { ...options, kind: 'map', element };
}

/** Whether null is a value of the field: it is where a caller may leave it out and nothing takes its place. */
export function isNullable(field: Field): boolean {
  return field.required !== true && field.default === undefined;
}
