import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { ChildDesired } from '../ports/reconciler.js';
import type { Store } from '../ports/store.js';
import type { Deletions } from './deletions.js';
import { childUuid } from './identities.js';
import { ReferenceResolver } from './reference-resolver.js';

/** What a child request works with. */
export interface ChildRequestsOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly deletions: Deletions;
}

/** What a pass may ask for beyond its own resource: other resources, as durable wishes like any caller's. */
export class ChildRequests {
  readonly #options: ChildRequestsOptions;
  readonly #references: ReferenceResolver;

  constructor(options: ChildRequestsOptions) {
    this.#options = options;
    this.#references = new ReferenceResolver(options.types, options.store);
  }

  /** Inserts the child that plays `role` for `parent` unless it is there; its uuid follows from both. Part of `trace`. */
  async insertChild<R extends ResourceType>(
    parent: Resource,
    type: R,
    role: string,
    desired: ChildDesired<R>,
    trace?: string,
  ): Promise<{ readonly resource: Resource; readonly inserted: 'yes' | 'no' }> {
    const { store, clock, events } = this.#options;
    const uuid = childUuid(parent.uuid, role);
    const existing = await store.get(uuid);
    if (existing !== undefined) return { resource: existing, inserted: 'no' };
    const { spec, references } = await this.#references.resolve(
      { kind: 'all' },
      type.spec,
      desired.spec as JsonObject,
    );
    const { resource, inserted } = await store.insert({
      uuid,
      type: type.id,
      account: parent.account,
      name: desired.name,
      description: null,
      data: {},
      spec,
      naturalKey: null,
      visibleToAll: 'no',
      references,
      created: clock.now(),
      event: {
        at: clock.now(),
        what: 'requested',
        why: `${parent.type} ${parent.id} needs it`,
        result: 'create',
      },
    });
    events.publish({ uuid, account: resource.account, reason: 'changed', trace });
    return { resource, inserted: inserted ? 'yes' : 'no' };
  }

  /** Asks for a deletion unless that was asked before. */
  requestDelete(uuid: ResourceUuid, why: string, trace?: string): Promise<void> {
    return this.#options.deletions.requestFor(uuid, why, trace);
  }
}
