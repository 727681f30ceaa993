import type { Declared, Field, Fields, FieldTraits, JsonObject, ResourceType } from '@gdcloud/core';

/** One object in place of an intersection of several: what an editor shows. */
export type Flat<T> = { [K in keyof T]: T[K] };

type TraitsOf<F> = F extends Field<unknown, infer T extends FieldTraits> ? T : never;
type ValueOf<F> = F extends Field<infer V> ? V : never;

/** A field's value as it goes over the wire: moments are ISO 8601. */
export type WireValue<F> = TraitsOf<F>['kind'] extends 'date'
  ? null extends ValueOf<F>
    ? string | null
    : string
  : ValueOf<F>;

/** A field's value as a caller may send it: moments as ISO 8601, or in milliseconds since 1970. */
export type SentValue<F> = TraitsOf<F>['kind'] extends 'date'
  ? string | number | Extract<ValueOf<F>, null>
  : ValueOf<F>;

type Named<F extends Fields, Want extends Partial<FieldTraits>> = {
  [N in keyof F & string]: TraitsOf<F[N]> extends Want ? N : never;
}[keyof F & string];

type Shown<F extends Fields> = {
  readonly [N in Named<F, { show: 'always' }>]: WireValue<F[N]>;
} & {
  readonly [N in Named<F, { show: 'once' }>]?: NonNullable<WireValue<F[N]>>;
} & {
  readonly [N in Named<F, { show: 'always'; kind: 'date' }> as `${N}TS`]?: number;
};

type OrNull<T> = { readonly [K in keyof T]: T[K] | null };

/** What of a declaration the compiler kept. */
export type DeclaredOf<T extends ResourceType> =
  T extends ResourceType<Fields, Fields, infer D extends Declared> ? D : never;

/** What every resource has. */
export interface CommonFields {
  readonly id: string;
  readonly uuid: string;
  readonly name: string | null;
  readonly description: string | null;
  /** The caller's own notes. */
  readonly data: JsonObject;
  readonly state: string;
  /** Whether it moves, rests, or needs a person. */
  readonly transitioning: 'yes' | 'no' | 'error';
  readonly transitioningMessage: string | null;
  readonly transitioningProgress: number | null;
  readonly accountId: string | null;
  /** ISO 8601. */
  readonly created: string;
  readonly createdTS: number;
  readonly removed: string | null;
  readonly removedTS?: number;
  readonly links: { readonly [name: string]: string };
  /** What is possible now. */
  readonly actions: { readonly [name: string]: string };
}

/** A resource of a type as the API answers it: every field, with what callers asked for and what was observed. */
export type ResourceOf<T extends ResourceType> = Flat<
  CommonFields & { readonly type: DeclaredOf<T>['id'] } & Shown<T['spec']> &
    OrNull<Shown<T['status']>>
>;

interface CommonInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly data?: JsonObject;
}

type NeedOf<F> = TraitsOf<F>['need'];

/** The fields of an input: those that are required, and the others. */
export type InputOf<F extends Fields> = Flat<
  {
    readonly [N in keyof F as NeedOf<F[N]> extends 'required' ? N : never]: SentValue<F[N]>;
  } & {
    readonly [N in keyof F as NeedOf<F[N]> extends 'required' ? never : N]?: SentValue<F[N]>;
  }
>;

type Writable<F extends Fields, W extends FieldTraits['write']> = Pick<F, Named<F, { write: W }>>;

/** What a create takes. Without a `uuid` the client chooses one, so that it can be repeated. */
export type CreateOf<T extends ResourceType> = Flat<
  CommonInput & {
    readonly uuid?: string;
    /** Whose it is to be; administrators only. */
    readonly accountId?: string;
  } & InputOf<Writable<T['spec'], 'create' | 'always'>>
>;

/** What an update takes: any of the fields that can be changed. */
export type UpdateOf<T extends ResourceType> = Flat<
  CommonInput & Partial<InputOf<Writable<T['spec'], 'always'>>>
>;

/** What a question answers. */
export type AnswerOf<F extends Fields> = Flat<
  OrNull<Shown<F>> & { readonly type: string; readonly links: { readonly [name: string]: string } }
>;

type Scalar<F extends Fields> = {
  [N in keyof F & string]: TraitsOf<F[N]>['kind'] extends 'array' | 'map' | 'json' | 'password'
    ? never
    : N;
}[keyof F & string];

/** The fields that lists of a type can be sorted and filtered by. */
export type SortableOf<T extends ResourceType> =
  | 'id'
  | 'uuid'
  | 'name'
  | 'accountId'
  | 'created'
  | 'removed'
  | Scalar<T['spec']>
  | Scalar<T['status']>;

type Modifier = 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' | 'like' | 'notlike';

/** Conditions of a list, joined by AND: `{ name_prefix: 'web', removed_null: true }`. */
export type FiltersOf<T extends ResourceType> = {
  readonly [N in SortableOf<T> | `${SortableOf<T>}_${Modifier}`]?: string | number | boolean;
} & {
  readonly [N in SortableOf<T> as `${N}_null` | `${N}_notnull`]?: true;
};

/** The type among `All` that is called `Id`. */
export type TypeCalled<All extends ResourceType, Id> = All extends ResourceType
  ? DeclaredOf<All>['id'] extends Id
    ? All
    : never
  : never;

/** The type that a reference field of `T` points to. */
export type TargetOf<T extends ResourceType, Name> = Name extends keyof T['spec']
  ? TraitsOf<T['spec'][Name]>['target']
  : Name extends keyof T['status']
    ? TraitsOf<T['status'][Name]>['target']
    : never;
