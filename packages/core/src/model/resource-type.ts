import type { DriftPolicies } from './drift-policy.js';
import type { Document, Fields, OpenDocument } from './field.js';
import type { JsonObject } from './json.js';
import type { Resource } from './resource.js';

/**
 * A resource type: one declaration from which the stored document, validation, `/v1/schemas`, OpenAPI, filters, links
 * and TypeScript types follow.
 */
export interface ResourceType<
  S extends Fields = Fields,
  T extends Fields = Fields,
  W extends Declared = Declared,
> {
  /** Never present: carries what the compiler is to know of the rest of the declaration. */
  readonly declared?: W;
  /** Lower case, as in URLs and references: `virtualmachine`. */
  readonly id: string;
  readonly plural: string;
  readonly description: string;
  /** Desired state: what callers ask for. */
  readonly spec: S;
  /** Observed state: what the kernel reports. */
  readonly status: T;
  readonly links: { readonly [name: string]: LinkDeclaration };
  readonly actions: { readonly [name: string]: ActionDeclaration };
  /** What can be asked about a resource beside its fields; a name of its own among the actions. */
  readonly questions: { readonly [name: string]: QuestionDeclaration };
  readonly lifecycle: Lifecycle;
  readonly access: Access;
  /** The spec field, or `name`, that no two live resources of the type share; it is also accepted as their id. */
  readonly uniqueBy?: string | undefined;
  /**
   * Of types whose resources open the API: the spec field with the scopes of each. Nobody makes, changes or removes one
   * that opens more than what opened the API to them.
   */
  readonly scopedBy?: string | undefined;
  /** What to do when somebody else changes its outside objects; `repair` where nothing is said. */
  readonly drift?: DriftPolicies | undefined;
  /** Fills in what only the server can choose, before a new resource is stored. */
  generate?(
    spec: { readonly [name: string]: unknown },
    tools: GenerateTools,
    named: NamedResources,
  ): Generated | Promise<Generated>;
  /** What a caller's having such a resource costs its account: follows from the desired state alone. Absent: nothing. */
  quota?(spec: { readonly [name: string]: unknown }): readonly Cost[];
}

/** What of a declaration the compiler keeps beside its fields, for those who type what goes over the wire. */
export interface Declared {
  readonly id: string;
  readonly plural: string;
  readonly actions: { readonly [name: string]: Fields };
  readonly questions: { readonly [name: string]: AskedAndAnswered };
  readonly links: { readonly [name: string]: LinkDeclaration };
}

/** What a question takes and what it answers. */
export interface AskedAndAnswered {
  readonly input: Fields;
  readonly output: Fields;
}

/** How much of a limited class a resource takes. */
export interface Cost {
  /** What accounts have a limit of, units in the name: `virtualmachines`, `volumeGb`. */
  readonly className: string;
  readonly amount: number;
  /** The field that says the amount: what a refusal blames. */
  readonly fieldName?: string | undefined;
}

/** What {@link ResourceType.generate} may use. */
export interface GenerateTools {
  /** `length` characters nobody can guess, of letters and digits. */
  secret(length: number): string;
  /** A digest that only this cloud can make: what is stored in place of a secret. */
  digest(secret: string): string;
  /** `count` bytes nobody can guess. */
  bytes(count: number): Uint8Array;
  /** What is stored in place of a password that people choose. Throws RequestError while too many are being hashed. */
  passwordDigest(password: string): Promise<string>;
}

/** What {@link ActionDeclaration.generate} may use. */
export interface ActionTools extends GenerateTools {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asks for the action. */
  readonly by: 'administrator' | 'user';
  /** Whether a digest was made of this password. Throws RequestError while too many are being hashed. */
  isPassword(password: string, digest: string): Promise<boolean>;
}

/** What the reference fields of a new resource name, by field; lists are left out. */
export type NamedResources = { readonly [field: string]: Resource | undefined };

/** What {@link ResourceType.generate} or {@link ActionDeclaration.generate} chose. */
export interface Generated {
  readonly spec: JsonObject;
  /** Shown in the answer to the request and never again. */
  readonly once: JsonObject;
}

/** A way from one resource to others. */
export type LinkDeclaration =
  /** To the one resource that a reference field of this type names. */
  | {
      readonly kind: 'reference';
      readonly field: string;
      /** `never`: it can be followed, but not be part of answers, as what it leads to is not on record as a reference. */
      readonly include?: 'never';
    }
  /** To the resources of another type whose reference field names this one. */
  | { readonly kind: 'children'; readonly type: string; readonly field: string }
  /** To the bytes that it stands for: to be taken out (`download`), or brought as well (`both`). */
  | { readonly kind: 'content'; readonly direction: 'download' | 'both' };

/** Something callers can ask for beyond writing fields: always a change of desired state, so it converges like one. */
export interface ActionDeclaration {
  readonly description: string;
  readonly input: Fields;
  /** Whose business it is. Absent: that of all who may act on the type. */
  readonly by?: 'administrators' | undefined;
  /** Whether it makes sense now. Decides what `actions` of a resource lists, and is checked again when it is asked for. */
  available(resource: Resource): boolean;
  /** Told to who asks for it while it is not available, where there is more to say than that. */
  whyNot?(resource: Resource): string | undefined;
  /** The fields of the desired state it changes. */
  apply(
    resource: Resource,
    input: { readonly [name: string]: unknown },
  ): { readonly [name: string]: unknown };
  /** What only the server can choose or work out, set on top of what `apply` changes: secrets and their digests. */
  generate?(
    resource: Resource,
    input: { readonly [name: string]: unknown },
    tools: ActionTools,
  ): Generated | Promise<Generated>;
  /** Another resource that it asks for, in the account of this one, as if that were asked for by itself. */
  readonly asksFor?: AskedFor | undefined;
}

/** A resource that an action asks for. */
export interface AskedFor {
  readonly type: string;
  /** What a caller would send to have it. */
  body(resource: Resource, input: { readonly [name: string]: unknown }): JsonObject;
}

/**
 * Something callers can ask about a resource, which changes nothing about what it is to be: how much it used, the way to
 * its console. Listed among the actions and asked for like one; answered by the Answerer of that name, if there is one.
 */
export interface QuestionDeclaration {
  readonly description: string;
  readonly input: Fields;
  /** What an answer says. */
  readonly output: Fields;
  /** What a caller must be allowed to do with the type. */
  readonly verb: 'read' | 'act';
  /** Whether it makes sense now. Decides what `actions` of a resource lists, and is checked again when it is asked. */
  available(resource: Resource): boolean;
}

/** How conditions read as the one word that the API family calls `state`. */
export interface Lifecycle {
  /** Every word the two functions can say, for the options of `state`. */
  readonly states: readonly string[];
  /** While the world is not yet as asked. Not called for what is being removed or is stalled. */
  moving(resource: Resource): string;
  /** When the world is as asked. */
  settled(resource: Resource): string;
}

/** Which kinds of account may do what with resources of a type. */
export interface Access {
  /** `own`: only its own account (and administrators) sees a resource; `everyone`: all accounts read it. */
  readonly visibleTo: 'own' | 'everyone';
  /** What accounts that are not administrators may do. Administrators may do what the type can. */
  readonly users: readonly Verb[];
  readonly administrators: readonly Verb[];
}

/** What can be done with a type. */
export type Verb = 'read' | 'create' | 'update' | 'delete' | 'act';

/** A declaration as it is written: like {@link ResourceType}, with the functions typed by the fields. */
export interface Declaration<
  S extends Fields,
  T extends Fields,
  A extends Record<string, Fields>,
  Q extends { readonly [name: string]: AskedAndAnswered } = Declared['questions'],
  L extends Declared['links'] = Declared['links'],
  Id extends string = string,
  Plural extends string = string,
> {
  readonly id: Id;
  readonly plural: Plural;
  readonly description: string;
  readonly spec: S;
  readonly status: T;
  readonly links?: L;
  readonly actions?: {
    readonly [Name in keyof A]: {
      readonly description: string;
      readonly input: A[Name];
      readonly by?: 'administrators' | undefined;
      available(resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>): boolean;
      whyNot?(resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>): string | undefined;
      apply(
        resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>,
        input: Document<A[Name]>,
      ): Partial<OpenDocument<NoInfer<S>>>;
      generate?(
        resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>,
        input: Document<A[Name]>,
        tools: ActionTools,
      ): Generated | Promise<Generated>;
      readonly asksFor?:
        | {
            readonly type: string;
            body(
              resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>,
              input: Document<A[Name]>,
            ): JsonObject;
          }
        | undefined;
    };
  };
  readonly questions?: {
    readonly [Name in keyof Q]: Q[Name] & {
      readonly description: string;
      readonly verb: 'read' | 'act';
      available(resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>): boolean;
    };
  };
  readonly lifecycle?: {
    readonly states: readonly string[];
    moving(resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>): string;
    settled(resource: Resource<ResourceType<NoInfer<S>, NoInfer<T>>>): string;
  };
  readonly access: Access;
  readonly uniqueBy?: (keyof S & string) | 'name';
  readonly scopedBy?: string | undefined;
  readonly drift?: DriftPolicies | undefined;
  generate?(
    spec: OpenDocument<NoInfer<S>>,
    tools: GenerateTools,
    named: NamedResources,
  ): Generated | Promise<Generated>;
  quota?(spec: Document<NoInfer<S>>): readonly Cost[];
}

/** A resource that is simply there or not: `creating`, `active`, `updating`. */
export const PLAIN_LIFECYCLE: Lifecycle = {
  states: ['creating', 'active', 'updating'],
  moving: (resource) => (resource.observedGeneration === 0 ? 'creating' : 'updating'),
  settled: () => 'active',
};

// `kind` is not among them: a type may say itself what kinds it has, as accounts do.
const RESERVED: ReadonlySet<string> = new Set([
  'id',
  'uuid',
  'type',
  'name',
  'description',
  'data',
  'rev',
  'state',
  'transitioning',
  'transitioningMessage',
  'transitioningProgress',
  'accountId',
  'created',
  'removed',
  'links',
  'actions',
]);

// The way out of a stall must not be shadowed.
const RESERVED_ACTIONS: ReadonlySet<string> = new Set(['recreate', 'keep']);

/** Checks a declaration and makes it a type. Throws on a declaration that contradicts itself. */
export function defineResourceType<
  const S extends Fields,
  const T extends Fields,
  const A extends Record<string, Fields> = Record<never, Fields>,
  const Q extends { readonly [name: string]: AskedAndAnswered } = Record<never, AskedAndAnswered>,
  const L extends Declared['links'] = Record<never, LinkDeclaration>,
  const Id extends string = string,
  const Plural extends string = string,
>(
  declaration: Declaration<S, T, A, Q, L, Id, Plural>,
): ResourceType<
  S,
  T,
  {
    readonly id: Id;
    readonly plural: Plural;
    readonly actions: A;
    readonly questions: {
      readonly [Name in keyof Q]: {
        readonly input: Q[Name]['input'];
        readonly output: Q[Name]['output'];
      };
    };
    readonly links: L;
  }
> {
  for (const name of [...Object.keys(declaration.spec), ...Object.keys(declaration.status)]) {
    if (RESERVED.has(name))
      throw new TypeError(`${declaration.id}.${name}: every resource has a ${name} already`);
  }
  for (const name of Object.keys(declaration.actions ?? {})) {
    if (RESERVED_ACTIONS.has(name))
      throw new TypeError(`${declaration.id}.${name}: every resource has that action already`);
  }
  for (const name of Object.keys(declaration.questions ?? {})) {
    if (RESERVED_ACTIONS.has(name) || Object.hasOwn(declaration.actions ?? {}, name))
      throw new TypeError(`${declaration.id}.${name}: an action has that name already`);
  }
  const { uniqueBy } = declaration;
  if (uniqueBy !== undefined && uniqueBy !== 'name' && !Object.hasOwn(declaration.spec, uniqueBy)) {
    throw new TypeError(
      `${declaration.id} is said to be unique by ${uniqueBy}, which is no field of it`,
    );
  }
  const { scopedBy } = declaration;
  if (scopedBy !== undefined && !Object.hasOwn(declaration.spec, scopedBy))
    throw new TypeError(
      `${declaration.id} is said to be scoped by ${scopedBy}, which is no field of it`,
    );
  for (const name of Object.keys(declaration.status)) {
    if (Object.hasOwn(declaration.spec, name)) {
      throw new TypeError(
        `${declaration.id}.${name} is declared both as desired and as observed state`,
      );
    }
  }
  for (const [name, link] of Object.entries(declaration.links ?? {})) {
    if (
      link.kind === 'reference' &&
      (declaration.spec[link.field] ?? declaration.status[link.field])?.kind !== 'reference'
    ) {
      throw new TypeError(`link ${declaration.id}.${name}: ${link.field} is not a reference field`);
    }
  }
  return {
    links: {},
    lifecycle: PLAIN_LIFECYCLE,
    ...declaration,
    questions: (declaration.questions ?? {}) as unknown as ResourceType['questions'],
    // Actions are only ever called with resources of their own type, which the registry guarantees by type id.
    actions: (declaration.actions ?? {}) as unknown as ResourceType['actions'],
  } as unknown as ReturnType<typeof defineResourceType<S, T, A, Q, L, Id, Plural>>;
}
