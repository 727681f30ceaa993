import { DriverFailure, RequestError } from '../model/errors.js';
import type { ResourceId, ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ActionDeclaration, ResourceType, Verb } from '../model/resource-type.js';
import type { Answered } from '../ports/answerer.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { HistoryEvent, ListPage, ListQuery, Store } from '../ports/store.js';
import { mayDo, owns, permit, permitOwn, scopeOf } from './access.js';
import type { Admission } from './admission.js';
import { Authentication } from './authentication.js';
import {
  type BuiltInName,
  decided,
  isBuiltIn,
  needsAsking,
  repairsOffered,
} from './built-in-actions.js';
import { Creations } from './creations.js';
import type { Credentials } from './credentials.js';
import type { Deletions } from './deletions.js';
import { DesiredChanges } from './desired-changes.js';
import { requestEvent } from './desired-fields.js';
import type { Explainer } from './explain/explainer.js';
import type { Explanation } from './explain/explanation.js';
import type { IdentitySource } from './identities.js';
import type { Plan, PlanRequest, Plans } from './plan/plan.js';
import type { Questions } from './questions.js';
import { type Limits, Quotas } from './quotas.js';
import { ReferenceResolver } from './reference-resolver.js';
import type { Caller, Created, Resources } from './resources.js';
import type { TypeValidators } from './type-validators.js';

/** What the front desk works with. */
export interface DesiredStateOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly questions: Questions;
  readonly admission: Admission;
  readonly deletions: Deletions;
  readonly validators: TypeValidators;
  readonly plans: Plans;
  readonly explainer: Explainer;
  /** The types of keys and accounts, which every cloud has. */
  readonly apikey: ResourceType;
  readonly account: ResourceType;
  /** How much accounts may have that say nothing of it themselves. Absent: any amount. */
  readonly limits?: Limits | undefined;
}

/** The actions that whoever may read a resource may ask of it. */
const READER_ACTIONS: readonly string[] = ['reconcile', 'explain'];

/** {@link Resources} over a store: validates, resolves, admits, writes desired columns, and hints. */
export class DesiredState implements Resources {
  readonly #options: DesiredStateOptions;
  readonly #references: ReferenceResolver;
  readonly #authentication: Authentication;
  readonly #deletions: Deletions;
  readonly #validators: TypeValidators;
  readonly #creations: Creations;
  readonly #changes: DesiredChanges;

  constructor(options: DesiredStateOptions) {
    this.#options = options;
    this.#references = new ReferenceResolver(options.types, options.store);
    this.#authentication = new Authentication(options);
    this.#deletions = options.deletions;
    const quotas = new Quotas(options.store, options.limits ?? {});
    this.#validators = options.validators;
    this.#creations = new Creations({
      ...options,
      quotas,
      references: this.#references,
    });
    this.#changes = new DesiredChanges({
      ...options,
      quotas,
      references: this.#references,
      get: (caller, type, id) => this.get(caller, type, id),
    });
  }

  authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined> {
    return this.#authentication.authenticate(publicValue, secretValue);
  }

  may(caller: Caller, type: ResourceType, verb: Verb): boolean {
    return mayDo(caller, type, verb);
  }

  async get(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    const found = mayDo(caller, type, 'read')
      ? await this.#options.store.find(scopeOf(caller), type, id)
      : undefined;
    if (found === undefined) throw new RequestError('NotFound', `there is no ${type.id} ${id}`);
    return found;
  }

  list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage> {
    permit(caller, type, 'read');
    return this.#options.store.list(scopeOf(caller), type, query);
  }

  async create(caller: Caller, type: ResourceType, body: JsonObject): Promise<Created> {
    permit(caller, type, 'create');
    return this.#creations.create(caller, type, body);
  }

  async update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options: { readonly generation?: number | undefined } = {},
  ): Promise<Resource> {
    permit(caller, type, 'update');
    return this.#changes.change(caller, type, id, 'update', options.generation, async (before) => {
      refuseDeleted(before);
      const desired = await this.#options.admission.mutate({
        operation: 'update',
        caller,
        type,
        before,
        desired: body,
      });
      return this.#validators.of(type).update.parse(desired);
    });
  }

  async remove(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    permit(caller, type, 'delete');
    const before = await this.get(caller, type, id);
    permitOwn(caller, type, before);
    if (before.deleteRequestedAt !== null || before.removed !== null) return before;
    await this.#deletions.refuseWhileInUse(before);
    await this.#options.admission.validate({
      operation: 'delete',
      caller,
      type,
      before,
      desired: {},
    });
    return this.#deletions.request(
      before,
      requestEvent(this.#options.clock, 'delete requested', caller, 'delete'),
      caller.trace,
    );
  }

  async act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
  ): Promise<Resource> {
    permit(caller, type, 'read');
    const declared = Object.hasOwn(type.actions, action) ? type.actions[action] : undefined;
    if (declared === undefined) {
      if (isBuiltIn(action)) return this.#builtIn(caller, type, id, action, input);
      throw new RequestError('InvalidAction', `${type.id} has no action ${action}`, {
        fieldName: 'action',
      });
    }
    permit(caller, type, 'act');
    if (!isFor(caller, declared))
      throw new RequestError('PermissionDenied', `${action} is for administrators`);
    const { asksFor } = declared;
    const wanted = asksFor === undefined ? undefined : this.#options.types.get(asksFor.type);
    if (wanted !== undefined) permit(caller, wanted, 'create');
    const taken = this.#validators.of(type).actions.get(action)?.parse(input) ?? {};
    const resource = await this.#changes.change(
      caller,
      type,
      id,
      'act',
      undefined,
      async (before) => {
        if (!this.actions(caller, type, before).includes(action)) {
          throw new RequestError('ActionNotAvailable', `${action} is not possible now`, {
            fieldName: 'action',
          });
        }
        const resolved = await this.#references.resolve(scopeOf(caller), declared.input, taken);
        return declared.apply(before, resolved.spec) as JsonObject;
      },
      action,
    );
    if (asksFor !== undefined && wanted !== undefined) {
      const owner = { ...caller, account: resource.account };
      await this.#creations.create(owner, wanted, asksFor.body(resource, taken));
    }
    return resource;
  }

  async ask(
    caller: Caller,
    type: ResourceType,
    id: string,
    question: string,
    input: JsonObject,
  ): Promise<Answered> {
    permit(caller, type, 'read');
    const resource = await this.get(caller, type, id);
    try {
      return await this.#options.questions.ask(caller, type, question, { resource, input });
    } catch (thrown) {
      if (!(thrown instanceof DriverFailure)) throw thrown;
      throw new RequestError('BackendUnavailable', thrown.message, {
        detail: thrown.remedy,
        cause: thrown,
      });
    }
  }

  plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan> {
    return this.#options.plans.plan(caller, type, request);
  }

  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    if (resource.removed !== null) return [];
    if (!owns(caller, resource)) return READER_ACTIONS;
    const possible =
      resource.deleteRequestedAt !== null || !mayDo(caller, type, 'act')
        ? []
        : Object.entries(type.actions)
            .filter(([, action]) => isFor(caller, action) && action.available(resource))
            .map(([name]) => name);
    const asked = this.#options.questions.possible(caller, type, resource);
    return [...possible, ...asked, ...repairsOffered(resource), ...READER_ACTIONS];
  }

  async history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]> {
    const { uuid } = await this.get(caller, type, id);
    return this.#options.store.history(uuid, 200);
  }

  async explain(caller: Caller, type: ResourceType, id: string): Promise<Explanation> {
    return this.#options.explainer.explain(caller, await this.get(caller, type, id));
  }

  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    return this.#options.store.idsOf([...new Set(resources.map((resource) => resource.account))]);
  }

  async #builtIn(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: BuiltInName,
    input: JsonObject,
  ): Promise<Resource> {
    if (action === 'explain')
      throw new RequestError('InvalidAction', 'explain changes nothing: ask for an explanation', {
        fieldName: 'action',
      });
    if (action === 'reconcile') {
      const resource = await this.get(caller, type, id);
      // Whoever may only read it may have it looked at, and changes nothing by that.
      if (!owns(caller, resource) || !needsAsking(resource))
        return this.#reconcileNow(caller, resource);
      return this.#changes.write(caller, type, id, action, async (before) =>
        needsAsking(before) ? { change: {}, result: 'asked for again' } : undefined,
      );
    }
    return this.#changes.write(caller, type, id, action, async (before) => {
      const change = decided(before, action, input);
      if (change === undefined) return undefined;
      const operation = 'act';
      await this.#options.admission.validate({ operation, caller, type, before, desired: {} });
      return { change, result: JSON.stringify(change.repairs?.at(-1)) };
    });
  }

  async #reconcileNow(caller: Caller, resource: Resource): Promise<Resource> {
    if (resource.removed !== null) return resource;
    await this.#options.store.wake(resource.uuid, this.#options.clock.now());
    this.#changes.hint(resource, caller.trace);
    return resource;
  }
}

function isFor({ kind }: Caller, { by }: ActionDeclaration): boolean {
  return by === undefined || kind === 'admin';
}

function refuseDeleted(resource: Resource): void {
  if (resource.deleteRequestedAt === null) return;
  throw new RequestError('Conflict', `${resource.type} ${resource.id} is being removed`);
}
