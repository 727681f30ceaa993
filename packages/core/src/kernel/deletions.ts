import { RequestError } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { HistoryEvent, Store } from '../ports/store.js';

/** What deletions work with. */
export interface DeletionsOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly account: ResourceType;
}

/** Deletion as desired state: asked for once, never taken back, carried out by passes. */
export class Deletions {
  readonly #options: DeletionsOptions;

  constructor(options: DeletionsOptions) {
    this.#options = options;
  }

  /**
   * Asks for the deletion of `before` unless that was asked already, as part of `trace`; returns the resource as it is
   * then.
   */
  async request(before: Resource, event: HistoryEvent, trace?: string): Promise<Resource> {
    for (let current: Resource | undefined = before; current !== undefined; ) {
      if (current.deleteRequestedAt !== null || current.removed !== null) return current;
      const after = await this.#options.store.change(current.uuid, current.generation, {
        deleteRequestedAt: this.#options.clock.now(),
        event,
      });
      if (after !== undefined) {
        const { uuid, account } = after;
        this.#options.events.publish({ uuid, account, reason: 'changed', trace });
        return after;
      }
      // Somebody changed it at the same moment: what they asked for goes with it.
      current = await this.#options.store.get(before.uuid);
    }
    return before;
  }

  /** The same on the kernel's own behalf: a parent takes its children along. */
  async requestFor(uuid: ResourceUuid, why: string, trace?: string): Promise<void> {
    const before = await this.#options.store.get(uuid);
    if (before === undefined) return;
    const at = this.#options.clock.now();
    await this.request(before, { at, what: 'delete requested', why, result: 'accepted' }, trace);
  }

  /** Throws InUse, naming what still needs the resource. What belongs to it goes with it and does not count. */
  async refuseWhileInUse(resource: Resource): Promise<void> {
    const { store, types, account } = this.#options;
    const blockers = (await store.countReferrers(resource.uuid))
      .filter(({ type, field }) => {
        const declared = types.find(type);
        return (declared?.spec[field] ?? declared?.status[field])?.role !== 'belongs';
      })
      .map(
        ({ type, count }) => `${count} ${count === 1 ? type : (types.find(type)?.plural ?? type)}`,
      );
    if (resource.type === account.id) {
      const owned = await store.countOwned(resource.uuid);
      if (owned > 0) blockers.push(`${owned} resources`);
    }
    if (blockers.length === 0) return;
    const message = `${resource.type} ${resource.id} is still in use by ${blockers.join(' and ')}`;
    throw new RequestError('InUse', message, { detail: blockers.join(', ') });
  }
}
