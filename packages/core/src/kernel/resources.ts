import type { ResourceId, ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType, Verb } from '../model/resource-type.js';
import type { Answered } from '../ports/answerer.js';
import type { HistoryEvent, ListPage, ListQuery } from '../ports/store.js';
import type { Explanation } from './explain/explanation.js';
import type { Plan, PlanRequest } from './plan/plan.js';

/** Whose behalf a request is made on. */
export interface Caller {
  readonly account: ResourceUuid;
  readonly accountId: ResourceId;
  readonly accountName: string;
  readonly kind: 'admin' | 'user';
  /** What it is part of, as a W3C traceparent; for traces only. */
  readonly trace?: string | undefined;
  /** Names the request in logs. */
  readonly requestId?: string | undefined;
}

/**
 * The cloud's front desk: every way to read and write desired state, with access, validation, references and admission.
 * `http` translates to and from it; an embedding program calls it directly. Writes return as soon as the desired
 * state is durable; the kernel makes it so afterwards.
 * All methods throw RequestError for what the caller did wrong, PortUnavailable when the store can't answer.
 */
export interface Resources {
  /** The caller that a key belongs to; undefined for an unknown key, a wrong secret, a deactivated key or a removed account. */
  authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined>;

  /** Whether callers of this kind may do this with the type at all. */
  may(caller: Caller, type: ResourceType, verb: Verb): boolean;

  /** By friendly id or natural key. Throws NotFound also for what the caller may not see. */
  get(caller: Caller, type: ResourceType, id: string): Promise<Resource>;

  /** A page of what the caller may see. `query.child` names a parent that was read with `get` before. */
  list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage>;

  /** Asks for a new resource. Unknown and read-only fields of `body` are ignored. */
  create(caller: Caller, type: ResourceType, body: JsonObject): Promise<Created>;

  /** Changes the fields that `body` names. With `generation`, throws PreconditionFailed unless it is the current one. */
  update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options?: { readonly generation?: number | undefined },
  ): Promise<Resource>;

  /** Asks for the deletion. Throws InUse, naming what refers to it, while something does. Asking twice is asking once. */
  remove(caller: Caller, type: ResourceType, id: string): Promise<Resource>;

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
  ): Promise<Resource>;

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

  /** Friendly ids of the accounts that resources belong to, for rendering. */
  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>>;
}

/** A new resource, and what is shown only this once (an API key's secret). */
export interface Created {
  readonly resource: Resource;
  readonly once: JsonObject;
}
