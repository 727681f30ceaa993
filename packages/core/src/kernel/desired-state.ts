import { DriverFailure, RequestError } from '../model/errors.js';
import { asId, type ResourceId, type ResourceUuid } from '../model/identity.js';
import type { Json, JsonObject } from '../model/json.js';
import type { Limits } from '../model/limits.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType, Verb } from '../model/resource-type.js';
import type { Answered } from '../ports/answerer.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type {
  HistoryEvent,
  ListCriteria,
  ListPage,
  ListQuery,
  Relative,
  Store,
} from '../ports/store.js';
import { mayDo, permit, permitOwn, scopeOf } from './access.js';
import { Actions } from './actions.js';
import type { Admission } from './admission.js';
import { admitRemoval } from './admit-removal.js';
import { AskedOnce } from './asked-once.js';
import { Authentication } from './authentication.js';
import { Creations } from './creations.js';
import type { Credentials } from './credentials.js';
import type { Deletions } from './deletions.js';
import { DesiredChanges } from './desired-changes.js';
import { requestEvent } from './desired-fields.js';
import type { Explainer } from './explain/explainer.js';
import type { Explanation } from './explain/explanation.js';
import { demandGeneration, demandRev } from './generation.js';
import type { IdentitySource } from './identities.js';
import type { Plan, PlanRequest, Plans } from './plan/plan.js';
import type { Questions } from './questions.js';
import { Quotas } from './quotas.js';
import { ReferenceResolver } from './reference-resolver.js';
import { type RequestKey, RequestRecord } from './request-records.js';
import type { Acted, Caller, Created, Resources, WriteOptions } from './resources.js';
import { refuseWider } from './scope-guard.js';
import type { Sealing } from './sealing/sealing.js';
import type { TypeValidators } from './type-validators.js';
import { wayAlong } from './way-along.js';

/** What the front desk works with. */
export interface DesiredStateOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly sealing: Sealing;
  readonly questions: Questions;
  readonly admission: Admission;
  readonly deletions: Deletions;
  readonly validators: TypeValidators;
  readonly plans: Plans;
  readonly explainer: Explainer;
  /** The types of keys, logins and accounts, which every cloud has. */
  readonly apikey: ResourceType;
  readonly login: ResourceType;
  readonly account: ResourceType;
  /** How much accounts may have that say nothing of it themselves. Absent: any amount. */
  readonly limits?: Limits | undefined;
}

/** {@link Resources} over a store: validates, resolves, admits, writes desired columns, and hints. */
export class DesiredState implements Resources {
  readonly #options: DesiredStateOptions;
  readonly #references: ReferenceResolver;
  readonly #authentication: Authentication;
  readonly #deletions: Deletions;
  readonly #validators: TypeValidators;
  readonly #creations: Creations;
  readonly #changes: DesiredChanges;
  readonly #actions: Actions;
  readonly #askedOnce: AskedOnce;

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
    this.#actions = new Actions({
      ...options,
      references: this.#references,
      creations: this.#creations,
      changes: this.#changes,
      get: (caller, type, id) => this.get(caller, type, id),
    });
    this.#askedOnce = new AskedOnce(options.store, (text) => options.credentials.digest(text));
  }

  authenticate(name: string, secret: string): Promise<Caller | undefined> {
    return this.#authentication.authenticate(name, secret);
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

  async count(caller: Caller, type: ResourceType, criteria: ListCriteria): Promise<number> {
    permit(caller, type, 'read');
    return this.#options.store.count(scopeOf(caller), type, criteria);
  }

  async related(
    caller: Caller,
    type: ResourceType,
    link: string,
    resources: readonly Resource[],
    limit: number,
  ): Promise<readonly Relative[]> {
    permit(caller, type, 'read');
    const way = wayAlong(this.#options.types, type, link);
    permit(caller, way.type, 'read');
    const of = resources.map(({ uuid }) => uuid);
    return this.#options.store.relatives(scopeOf(caller), { ...way, of, limit });
  }

  create(
    caller: Caller,
    type: ResourceType,
    body: JsonObject,
    options: Pick<WriteOptions, 'idempotencyKey'> = {},
  ): Promise<Created> {
    const content = ['create', type.id, body];
    const again = async (uuid: ResourceUuid): Promise<Created> => ({
      resource: await this.#asItIsNow(caller, type, uuid),
      once: {},
    });
    return this.#once(caller, options, content, again, async (key) => {
      permit(caller, type, 'create');
      const record = this.#record(caller, 'create', key);
      return this.#creations.create(caller, type, body, {
        made: (draft) => record.created(type, draft),
        found: (resource) => record.unchanged(type, resource),
      });
    });
  }

  update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options: WriteOptions = {},
  ): Promise<Resource> {
    const { generation } = options;
    const content = ['update', type.id, id, body, generation ?? null];
    return this.#onceOf(caller, type, options, content, async (key) => {
      permit(caller, type, 'update');
      const record = this.#record(caller, 'update', key);
      const request = { caller, type, id, what: 'update', generation, record };
      return this.#changes.change(request, 'update', async (before) => {
        demandRev(before, body);
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
    });
  }

  remove(
    caller: Caller,
    type: ResourceType,
    id: string,
    options: WriteOptions = {},
  ): Promise<Resource> {
    const { generation } = options;
    const content = ['remove', type.id, id, generation ?? null];
    return this.#onceOf(caller, type, options, content, async (key) => {
      permit(caller, type, 'delete');
      const before = await this.get(caller, type, id);
      permitOwn(caller, type, before);
      refuseWider(caller, type, before);
      demandGeneration(before, generation);
      await admitRemoval(this.#options, caller, type, before);
      const record = this.#record(caller, 'delete', key);
      return this.#deletions.request(before, {
        event: requestEvent(this.#options.clock, 'delete requested', caller, 'delete'),
        trace: caller.trace,
        generation,
        only: 'unneeded',
        onRecord: (current) =>
          current.deleteRequestedAt === null
            ? record.deleted(type, current)
            : record.unchanged(type, current),
      });
    });
  }

  act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
    options: WriteOptions = {},
  ): Promise<Acted> {
    const { generation } = options;
    const content = ['act', type.id, id, action, input, generation ?? null];
    return this.#onceOf(caller, type, options, content, (key) => {
      const record = this.#record(caller, `act:${action}`, key);
      return this.#actions.act({ caller, type, id, action, input, generation, record });
    });
  }

  async ask(
    caller: Caller,
    type: ResourceType,
    id: string,
    question: string,
    input: JsonObject,
    { generation }: Pick<WriteOptions, 'generation'> = {},
  ): Promise<Answered> {
    permit(caller, type, 'read');
    const resource = await this.get(caller, type, id);
    demandGeneration(resource, generation);
    try {
      const answered = await this.#options.questions.ask(caller, type, question, {
        resource,
        input,
      });
      // What not everybody who may read it may ask hands something out: a way into a server.
      if (type.questions[question]?.verb === 'act') {
        const record = this.#record(caller, `act:${question}`, undefined);
        await this.#options.store.note(record.unchanged(type, resource));
      }
      return answered;
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
    return this.#actions.possible(caller, type, resource);
  }

  async history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]> {
    const { uuid } = await this.get(caller, type, id);
    return this.#options.store.history(uuid, 200);
  }

  async explain(caller: Caller, type: ResourceType, id: string): Promise<Explanation> {
    return this.#options.explainer.explain(caller, await this.get(caller, type, id));
  }

  textOf(resource: Resource, field: string): string | null {
    return this.#options.sealing.open(resource, field);
  }

  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    return this.#options.store.idsOf([...new Set(resources.map((resource) => resource.account))]);
  }

  #record(caller: Caller, action: string, key: RequestKey | undefined): RequestRecord {
    return new RequestRecord(this.#options, caller, action, key);
  }

  #once<Result>(
    { account }: Caller,
    { idempotencyKey }: WriteOptions,
    content: Json,
    again: (uuid: ResourceUuid) => Promise<Result>,
    work: (key: RequestKey | undefined) => Promise<Result>,
  ): Promise<Result> {
    return this.#askedOnce.once({ account, idempotencyKey, content }, work, again);
  }

  #onceOf(
    caller: Caller,
    type: ResourceType,
    options: WriteOptions,
    content: Json,
    work: (key: RequestKey | undefined) => Promise<Acted>,
  ): Promise<Acted> {
    const again = (uuid: ResourceUuid): Promise<Resource> => this.#asItIsNow(caller, type, uuid);
    return this.#once(caller, options, content, again, work);
  }

  // As any reader sees it: what a caller might see then, it need not be allowed to see now.
  async #asItIsNow(caller: Caller, type: ResourceType, uuid: ResourceUuid): Promise<Resource> {
    const { id } = (await this.#options.store.get(uuid)) ?? { id: asId(uuid) };
    return this.get(caller, type, id);
  }
}

function refuseDeleted(resource: Resource): void {
  if (resource.deleteRequestedAt === null) return;
  throw new RequestError('Conflict', `${resource.type} ${resource.id} is being removed`);
}
