import type { Json, JsonObject } from './json.js';
import type { Sealed } from './sealed.js';

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

/** How the database keeps a field: as it is, or sealed, so that a copy of the database does not tell it. */
export type Rest = 'clear' | 'sealed';

/** Who gets to see a field: every reader, only the answer to the request that created the resource, or nobody. */
export type Show = 'always' | 'once' | 'never';

/** A string form with rules of its own, checked by `FORMATS`. */
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
  | 'url-path'
  | 'pem-certificate'
  | 'pem-private-key'
  | 'upload-id'
  | 'current-password';

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
  /** A value that fits, for people and for clients that know only the schema; where the format's own does not do. */
  readonly example?: Value;
  /** Not required by itself, and yet to be sent by who does not know better: few requests go without it. */
  readonly suggested?: true;
  /** The field of the same resource that a number is never less than. */
  readonly atLeast?: string;
  /** What a resource that is referred to has to have in its fields: `{ family: 'ipv6' }`. */
  readonly satisfies?: { readonly [name: string]: Json };
  /**
   * What a reference means for deleting its target: `needs` (default) keeps the target from being deleted, `belongs`
   * does not: the target takes this resource along.
   */
  readonly role?: 'needs' | 'belongs';
  /** Whether lists can be filtered and sorted by it. Scalars can unless this says `never`. */
  readonly filter?: 'never';
}

/** What a declaration may say of a text. */
export interface TextOptions extends FieldOptions<string> {
  /** Whether it is kept sealed; only of desired state that nothing is looked for by: `filter` is `never`. Default `clear`. */
  readonly rest?: Rest;
}

/** What of a declaration the compiler keeps, for those who type what goes over the wire. */
export interface FieldTraits {
  readonly kind: FieldKind;
  /** `required`: must be sent; `default`: never null; `nullable`: null where nothing is given. */
  readonly need: 'required' | 'default' | 'nullable';
  readonly write: Write;
  readonly show: Show;
  readonly rest: Rest;
  /** The type that a reference points to. */
  readonly target: string;
}

/** A field as declared: pure data. `Value` and `Traits` exist for the compiler only. */
export interface Field<Value = unknown, Traits extends FieldTraits = FieldTraits>
  extends FieldOptions {
  readonly kind: FieldKind;
  readonly rest?: Rest;
  /** The allowed values of an enum. */
  readonly options?: readonly string[];
  /** The type a reference points to. */
  readonly target?: string;
  /** The field that an array's or map's elements are like. */
  readonly element?: Field;
  /** Never present: carries the type of the value. */
  readonly value?: Value;
  /** Never present: carries what else the compiler is to know. */
  readonly traits?: Traits;
}

/** The fields of a document by name. */
export type Fields = { readonly [name: string]: Field };

/**
 * The document that fields describe, as it is stored: every field present, null where nothing was given and nothing is
 * the default. What is kept sealed is opaque.
 */
export type Document<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value, infer Traits>
    ? Traits extends { readonly rest: 'sealed' }
      ? Sealed | Extract<Value, null>
      : Value
    : never;
};

/** The same as it is asked for, and handed to who fills it in: all texts are texts. */
export type OpenDocument<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

type Given<Value, Options> = Options extends
  | { readonly required: true }
  | { readonly default: Json }
  ? Value
  : Value | null;

type NeedOf<Options> = Options extends { readonly required: true }
  ? 'required'
  : Options extends { readonly default: Json }
    ? 'default'
    : 'nullable';

type WriteOf<Options> = Options extends { readonly write: infer W extends Write } ? W : 'always';
type ShowOf<Options> = Options extends { readonly show: infer S extends Show } ? S : 'always';
type RestOf<Options> = Options extends { readonly rest: 'sealed' } ? 'sealed' : 'clear';

/** The field that options of a kind make. */
type Made<Value, Options, Kind extends FieldKind, Target extends string = never> = Field<
  Given<Value, Options>,
  {
    readonly kind: Kind;
    readonly need: NeedOf<Options>;
    readonly write: WriteOf<Options>;
    readonly show: ShowOf<Options>;
    readonly rest: RestOf<Options>;
    readonly target: Target;
  }
>;

/** Text of at most 255 characters unless `maxLength` says otherwise. */
export function string<const O extends TextOptions>(options: O): Made<string, O, 'string'> {
  return { maxLength: 255, ...options, kind: 'string' };
}

/** A whole number within ±(2^53 − 1). */
export function int<const O extends FieldOptions<number>>(options: O): Made<number, O, 'int'> {
  return { ...options, kind: 'int' };
}

/** True or false. */
export function boolean<const O extends FieldOptions<boolean>>(
  options: O,
): Made<boolean, O, 'boolean'> {
  return { ...options, kind: 'boolean' };
}

/** One of a few words. */
export function enumeration<const V extends string, const O extends FieldOptions<NoInfer<V>>>(
  values: readonly V[],
  options: O,
): Made<V, O, 'enum'> {
  return { ...options, kind: 'enum', options: values };
}

/** A moment: ISO 8601 UTC outside, with a `…TS` twin in milliseconds; milliseconds since the epoch inside. */
export function date<const O extends FieldOptions<number>>(options: O): Made<number, O, 'date'> {
  return { ...options, kind: 'date' };
}

/** Text that is never listed, filtered or logged. */
export function password<const O extends TextOptions>(options: O): Made<string, O, 'password'> {
  return { maxLength: 255, filter: 'never', ...options, kind: 'password' };
}

/** The friendly id of a resource of another type; checked to exist and to be the caller's when it is set. */
export function reference<const T extends string, const O extends FieldOptions<string>>(
  target: T,
  options: O,
): Made<string, O, 'reference', T> {
  return { maxLength: 255, ...options, kind: 'reference', target };
}

/** Any JSON. */
export function json<const O extends FieldOptions>(
  options: O,
): Field<
  Json,
  {
    readonly kind: 'json';
    readonly need: NeedOf<O>;
    readonly write: WriteOf<O>;
    readonly show: ShowOf<O>;
    readonly rest: 'clear';
    readonly target: never;
  }
> {
  return { ...options, kind: 'json' };
}

/** A list of values of one kind. */
export function array<E, const O extends FieldOptions<readonly Json[]>>(
  element: Field<E>,
  options: O,
): Made<readonly NonNullable<E>[], O, 'array'> {
  return { ...options, kind: 'array', element };
}

/** Values of one kind by name. */
export function map<E, const O extends FieldOptions<JsonObject>>(
  element: Field<E>,
  options: O,
): Made<{ readonly [name: string]: NonNullable<E> }, O, 'map'> {
  return { ...options, kind: 'map', element };
}

/** Whether null is a value of the field: it is where a caller may leave it out and nothing takes its place. */
export function isNullable(field: Field): boolean {
  return field.required !== true && field.default === undefined;
}
