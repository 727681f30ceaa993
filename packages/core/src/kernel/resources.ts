import type { ResourceId, ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType, Verb } from '../model/resource-type.js';
import type { Scopes } from '../model/scopes.js';
import type { Answered } from '../ports/answerer.js';
import type { HistoryEvent, ListCriteria, ListPage, ListQuery, Relative } from '../ports/store.js';
import type { Explanation } from './explain/explanation.js';
import type { Plan, PlanRequest } from './plan/plan.js';

/** Whose behalf a request is made on. */
export interface Caller {
  readonly account: ResourceUuid;
  readonly accountId: ResourceId;
  readonly accountName: string;
  readonly kind: 'admin' | 'user';
  /** What the key or login opens of what the account may do; absent for all of it. */
  readonly scopes?: Scopes | undefined;
  /** The key or the login that opened; absent where the embedding program vouches for the caller itself. */
  readonly key?: ResourceUuid | undefined;
  /** What it is part of, as a W3C traceparent; for traces only. */
  readonly trace?: string | undefined;
  /** Names the request in logs, and in the audit log. */
  readonly requestId?: string | undefined;
  /** The address it came from, for the audit log. */
  readonly source?: string | undefined;
}

/** What a write insists on besides what it asks for. */
export interface WriteOptions {
  /** Throws PreconditionFailed unless it is the current generation, decided by the write itself. */
  readonly generation?: number | undefined;
  /**
   * Has the request carried out once, however often it is sent (draft-ietf-httpapi-idempotency-key-header-07): one that
   * is repeated within a day is answered with the resource that came of it, as it is then. One of the account's own, any
   * text. Throws IdempotencyKeyReused for another request under the same key, IdempotencyKeyInUse while the first is
   * being carried out in this process.
   */
  readonly idempotencyKey?: string | undefined;
}

/**
 * The cloud's front desk: every way to read and write desired state, with access, validation, references and admission.
 * `http` translates to and from it; an embedding program calls it directly. Writes return as soon as the desired
 * state is durable; the kernel makes it so afterwards.
 * All methods throw RequestError for what the caller did wrong, PortUnavailable when the store can't answer.
 */
export interface Resources {
  /**
   * The caller that a key or a login belongs to, by its access key and secret key, or its user name and password.
   * Undefined for an unknown name, a wrong secret, what is deactivated or expired, and a removed account. Throws
   * TooManySignIns while too many passwords are being checked; keys never wait for those.
   */
  authenticate(name: string, secret: string): Promise<Caller | undefined>;

  /** Whether such callers may do this with the type at all: by their kind of account, and by their scopes. */
  may(caller: Caller, type: ResourceType, verb: Verb): boolean;

  /** By friendly id or natural key. Throws NotFound also for what the caller may not see. */
  get(caller: Caller, type: ResourceType, id: string): Promise<Resource>;

  /** A page of what the caller may see. `query.child` names a parent that was read with `get` before. */
  list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage>;

  /** How many resources there are on all pages of such a list. */
  count(caller: Caller, type: ResourceType, criteria: ListCriteria): Promise<number>;

  /**
   * Where a declared link leads to, for many resources of a type at once and as far as the caller sees it; live children
   * only, the oldest first. At most `limit` in all. Throws NotFound for a link that the type does not have, and for a
   * type at its other end that the caller may not read.
   */
  related(
    caller: Caller,
    type: ResourceType,
    link: string,
    resources: readonly Resource[],
    limit: number,
  ): Promise<readonly Relative[]>;

  /** Asks for a new resource. Unknown and read-only fields of `body` are ignored. */
  create(
    caller: Caller,
    type: ResourceType,
    body: JsonObject,
    options?: Pick<WriteOptions, 'idempotencyKey'>,
  ): Promise<Created>;

  /** Changes the fields that `body` names. Throws Conflict where its `rev` is not the current generation. */
  update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options?: WriteOptions,
  ): Promise<Resource>;

  /** Asks for the deletion. Throws InUse, naming what refers to it, while something does. Asking twice is asking once. */
  remove(caller: Caller, type: ResourceType, id: string, options?: WriteOptions): Promise<Resource>;

  /**
   * Asks for an action, built-in ones included: `reconcile`, and `recreate` and `keep` where a resource is stalled and
   * waits for such a decision; `explain` is asked for by a method of its own. Throws InvalidAction or ActionNotAvailable.
   */
  act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
    options?: WriteOptions,
  ): Promise<Acted>;

  /**
   * Asks a question that the type declares; changes nothing of the resource. Throws InvalidAction, ActionNotAvailable,
   * BackendUnavailable.
   */
  ask(
    caller: Caller,
    type: ResourceType,
    id: string,
    question: string,
    input: JsonObject,
    options?: Pick<WriteOptions, 'generation'>,
  ): Promise<Answered>;

  /**
   * What a write would lead to outside, found out without changing anything, inside or outside. Checks all that the
   * write itself checks, and throws the same.
   */
  plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan>;

  /** The names of the actions that make sense now and that the caller may ask for. */
  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[];

  /** The last events that moved the resource, newest first, at most 200. */
  history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]>;

  /** Why the resource is not as asked yet, or that it is, as far as the caller may see it. Changes nothing. */
  explain(caller: Caller, type: ResourceType, id: string): Promise<Explanation>;

  /**
   * The text of a field that is kept sealed, of a resource that was read here; null where it has none. Who may see it the
   * type says: `show` of the field. Throws SecretUnreadable.
   */
  textOf(resource: Resource, field: string): string | null;

  /** Friendly ids of the accounts that resources belong to, for rendering. */
  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>>;
}

/** A resource after an action. */
export interface Acted extends Resource {
  /** What is shown only this once (another secret of an API key); absent where that is nothing. */
  readonly once?: JsonObject | undefined;
}

/** A new resource, and what is shown only this once (an API key's secret): a repeated request is not told it again. */
export interface Created {
  readonly resource: Resource;
  readonly once: JsonObject;
}
