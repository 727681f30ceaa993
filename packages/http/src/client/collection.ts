import type { LinkDeclaration, ResourceType } from '@gdcloud/core';
import type { ExplanationDocument, HistoryDocument, PlanDocument } from './documents.js';
import type { Listing } from './listing.js';
import type { Until, WaitOptions } from './wait-for.js';
import type {
  AnswerOf,
  CreateOf,
  DeclaredOf,
  FiltersOf,
  InputOf,
  ResourceOf,
  SortableOf,
  TargetOf,
  TypeCalled,
  UpdateOf,
} from './wire-types.js';

/** A resource, or its id. */
export type Target = string | { readonly id: string };

/** What every request takes. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
}

/** What asking for a new resource takes. */
export interface CreateOptions extends RequestOptions {
  /**
   * Whatever is asked with this key is done once, also by another process, within 24 hours: 1 to 255 printable ASCII
   * characters. By default each call has a random one of its own, the same however often it is sent. The same key for
   * something else is 422 `IdempotencyKeyReused`.
   */
  readonly idempotencyKey?: string;
}

/** What writes of one resource take. */
export interface WriteOptions extends CreateOptions {
  /** Only if the resource is still as it was when it had this ETag, or generation in quotes: else 412. */
  readonly ifMatch?: string;
}

/** What a list is to be like. */
export interface ListOptions<T extends ResourceType> extends RequestOptions {
  readonly filters?: FiltersOf<T>;
  readonly sort?: SortableOf<T>;
  readonly order?: 'asc' | 'desc';
  /** Resources a page; by default 100, at most 1,000. */
  readonly limit?: number;
  /** Links whose resources are to be brought along, where the server does that. */
  readonly include?: keyof DeclaredOf<T>['links'] & string;
}

/** What a link of a type leads to. */
export type Followed<
  T extends ResourceType,
  All extends ResourceType,
  Link extends LinkDeclaration | undefined,
> = Link extends { readonly kind: 'children'; readonly type: infer Id }
  ? Listing<ResourceOf<TypeCalled<All, Id>>>
  : Link extends { readonly kind: 'reference'; readonly field: infer Name }
    ? Promise<ResourceOf<TypeCalled<All, TargetOf<T, Name>>>>
    : never;

/** The links of a type that lead to resources. */
export type LinksOf<T extends ResourceType> = {
  [N in keyof DeclaredOf<T>['links'] & string]: DeclaredOf<T>['links'][N] extends {
    readonly kind: 'content';
  }
    ? never
    : N;
}[keyof DeclaredOf<T>['links'] & string];

type ActionsOf<T extends ResourceType> = DeclaredOf<T>['actions'];
type QuestionsOf<T extends ResourceType> = DeclaredOf<T>['questions'];

// Where nothing has to be sent the input may be left out.
type Sent<F extends ActionsOf<ResourceType>[string]> =
  Record<never, never> extends InputOf<F>
    ? [input?: InputOf<F>, options?: WriteOptions]
    : [input: InputOf<F>, options?: WriteOptions];

/** The actions and questions of a type, each a method. */
export type AskedOf<T extends ResourceType> = {
  readonly [N in keyof ActionsOf<T>]: (
    target: Target,
    ...sent: Sent<ActionsOf<T>[N]>
  ) => Promise<ResourceOf<T>>;
} & {
  readonly [N in keyof QuestionsOf<T>]: (
    target: Target,
    ...sent: Sent<QuestionsOf<T>[N]['input']>
  ) => Promise<AnswerOf<QuestionsOf<T>[N]['output']>>;
};

/** The resources of one type. All methods throw ApiError, ConnectionError, or the reason of a signal. */
export interface Collection<T extends ResourceType, All extends ResourceType> {
  /** Asks for a new resource. However often that has to be sent, it is created once. */
  create(body: CreateOf<T>, options?: CreateOptions): Promise<ResourceOf<T>>;
  get(target: Target, options?: RequestOptions): Promise<ResourceOf<T>>;
  /** `await` gives a page, `for await` every resource. */
  list(options?: ListOptions<T>): Listing<ResourceOf<T>>;
  update(target: Target, body: UpdateOf<T>, options?: WriteOptions): Promise<ResourceOf<T>>;
  /**
   * Reads the resource, has `change` say what is to be different, and writes that only if nobody has changed it in
   * between; else does it all once more. `change` may return undefined: then nothing is written.
   */
  change(
    target: Target,
    change: (current: ResourceOf<T>) => UpdateOf<T> | undefined,
    options?: RequestOptions,
  ): Promise<ResourceOf<T>>;
  /** Asks for its removal; wait for `removed` to know that nothing is left of it. */
  delete(target: Target, options?: WriteOptions): Promise<ResourceOf<T>>;
  /** Asks for an action or a question by its name. However often that has to be sent, an action is taken once. */
  action<N extends keyof AskedOf<T>>(
    target: Target,
    name: N,
    ...sent: AskedOf<T>[N] extends (target: Target, ...sent: infer S) => unknown ? S : never
  ): AskedOf<T>[N] extends (...sent: never) => infer R ? R : never;
  /** Asks for another look now, whatever its pause. */
  reconcile(target: Target, options?: RequestOptions): Promise<ResourceOf<T>>;
  /** Says why it is not as asked yet, and what helps. */
  explain(target: Target, options?: RequestOptions): Promise<ExplanationDocument>;
  /** What moved it, newest first. */
  history(target: Target, options?: RequestOptions): Promise<readonly HistoryDocument[]>;
  /** Goes where a link leads: to a resource, or to a list. */
  follow<L extends LinksOf<T>>(
    target: Target,
    link: L,
    options?: RequestOptions,
  ): Followed<T, All, DeclaredOf<T>['links'][L]>;
  /** Waits until it is as `until` says. Throws WaitError. */
  waitFor(
    target: Target,
    until: Until<ResourceOf<T>>,
    options?: WaitOptions,
  ): Promise<ResourceOf<T>>;
}

/** What writes of one type would lead to. */
export interface Planner<T extends ResourceType> {
  create(body: CreateOf<T>, options?: RequestOptions): Promise<PlanDocument>;
  update(target: Target, body: UpdateOf<T>, options?: WriteOptions): Promise<PlanDocument>;
  delete(target: Target, options?: WriteOptions): Promise<PlanDocument>;
  action<N extends keyof ActionsOf<T>>(
    target: Target,
    name: N,
    ...sent: Sent<ActionsOf<T>[N]>
  ): Promise<PlanDocument>;
}
