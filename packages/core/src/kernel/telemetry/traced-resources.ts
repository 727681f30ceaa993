import { RequestError } from '../../model/errors.js';
import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType, Verb } from '../../model/resource-type.js';
import type { Answered } from '../../ports/answerer.js';
import type {
  HistoryEvent,
  ListCriteria,
  ListPage,
  ListQuery,
  Relative,
} from '../../ports/store.js';
import type { Tracer } from '../../ports/tracer.js';
import type { Explanation } from '../explain/explanation.js';
import type { Plan, PlanRequest } from '../plan/plan.js';
import type { Acted, Caller, Created, Resources, WriteOptions } from '../resources.js';
import { errorCode } from './pass-watch.js';

/** A front desk whose writes are spans: part of the caller's trace, and what the work they bring about is part of. */
export class TracedResources implements Resources {
  readonly #desk: Resources;
  readonly #tracer: Tracer;

  constructor(desk: Resources, tracer: Tracer) {
    this.#desk = desk;
    this.#tracer = tracer;
  }

  create(
    caller: Caller,
    type: ResourceType,
    body: JsonObject,
    options?: Pick<WriteOptions, 'idempotencyKey'>,
  ): Promise<Created> {
    return this.#traced(
      'create',
      caller,
      type,
      (traced) => this.#desk.create(traced, type, body, options),
      ({ resource }) => resource,
    );
  }

  update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options?: WriteOptions,
  ): Promise<Resource> {
    return this.#traced(
      'update',
      caller,
      type,
      (traced) => this.#desk.update(traced, type, id, body, options),
      itself,
    );
  }

  remove(
    caller: Caller,
    type: ResourceType,
    id: string,
    options?: WriteOptions,
  ): Promise<Resource> {
    return this.#traced(
      'remove',
      caller,
      type,
      (traced) => this.#desk.remove(traced, type, id, options),
      itself,
    );
  }

  act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
    options?: WriteOptions,
  ): Promise<Acted> {
    return this.#traced(
      'act',
      caller,
      type,
      (traced) => this.#desk.act(traced, type, id, action, input, options),
      itself,
    );
  }

  plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan> {
    return this.#traced(
      'plan',
      caller,
      type,
      (traced) => this.#desk.plan(traced, type, request),
      () => undefined,
    );
  }

  ask(
    caller: Caller,
    type: ResourceType,
    id: string,
    question: string,
    input: JsonObject,
    options?: Pick<WriteOptions, 'generation'>,
  ): Promise<Answered> {
    return this.#traced(
      'ask',
      caller,
      type,
      (traced) => this.#desk.ask(traced, type, id, question, input, options),
      () => undefined,
    );
  }

  authenticate(name: string, secret: string): Promise<Caller | undefined> {
    return this.#desk.authenticate(name, secret);
  }

  may(caller: Caller, type: ResourceType, verb: Verb): boolean {
    return this.#desk.may(caller, type, verb);
  }

  get(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    return this.#desk.get(caller, type, id);
  }

  list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage> {
    return this.#desk.list(caller, type, query);
  }

  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    return this.#desk.actions(caller, type, resource);
  }

  count(caller: Caller, type: ResourceType, criteria: ListCriteria): Promise<number> {
    return this.#desk.count(caller, type, criteria);
  }

  related(
    caller: Caller,
    type: ResourceType,
    link: string,
    resources: readonly Resource[],
    limit: number,
  ): Promise<readonly Relative[]> {
    return this.#desk.related(caller, type, link, resources, limit);
  }

  history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]> {
    return this.#desk.history(caller, type, id);
  }

  explain(caller: Caller, type: ResourceType, id: string): Promise<Explanation> {
    return this.#desk.explain(caller, type, id);
  }

  textOf(resource: Resource, field: string): string | null {
    return this.#desk.textOf(resource, field);
  }

  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    return this.#desk.accountIds(resources);
  }

  async #traced<Result>(
    verb: string,
    caller: Caller,
    type: ResourceType,
    write: (caller: Caller) => Promise<Result>,
    resourceOf: (result: Result) => Resource | undefined,
  ): Promise<Result> {
    const span = this.#tracer.start(`${verb} ${type.id}`, {
      kind: 'internal',
      parent: caller.trace,
      attributes: {
        'gdcloud.type': type.id,
        'gdcloud.account': caller.account,
        ...(caller.requestId === undefined ? {} : { 'gdcloud.request': caller.requestId }),
      },
    });
    try {
      const result = await write({ ...caller, trace: span.traceparent });
      const resource = resourceOf(result);
      if (resource !== undefined)
        span.set({
          'gdcloud.resource': resource.uuid,
          'gdcloud.generation': resource.generation,
        });
      return result;
    } catch (thrown) {
      span.fail(thrown instanceof RequestError ? thrown.code : errorCode(thrown));
      throw thrown;
    } finally {
      span.end();
    }
  }
}

function itself(resource: Resource): Resource {
  return resource;
}
