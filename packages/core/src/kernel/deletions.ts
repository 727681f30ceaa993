import { RequestError, StillNeeded } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type {
  DesiredChange,
  HistoryEvent,
  ReferrerCount,
  ReferringField,
  Store,
  Unneeded,
} from '../ports/store.js';
import type { OnRecord } from '../ports/write-records.js';
import { demandGeneration } from './generation.js';

/** What deletions work with. */
export interface DeletionsOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly account: ResourceType;
}

/** Who asks for a deletion, and on what condition. */
export interface DeletionRequest {
  readonly event: HistoryEvent;
  /** What it is part of. */
  readonly trace?: string | undefined;
  /** Throws PreconditionFailed unless it is the generation of what is deleted. */
  readonly generation?: number | undefined;
  /** `unneeded`: throws InUse where something needs it, decided in the write itself; `anyhow`: that leaves one by one. */
  readonly only: 'unneeded' | 'anyhow';
  /** What is put on record with it. */
  readonly onRecord?: ((current: Resource) => OnRecord) | undefined;
}

/** Deletion as desired state: asked for once, never taken back, carried out by passes. */
export class Deletions {
  readonly #options: DeletionsOptions;

  constructor(options: DeletionsOptions) {
    this.#options = options;
  }

  /**
   * Asks for the deletion of `before` unless that was asked already; returns the resource as it is then. Throws
   * AskedBefore as the store does.
   */
  async request(before: Resource, request: DeletionRequest): Promise<Resource> {
    const { event, trace, generation, only, onRecord } = request;
    for (let current: Resource | undefined = before; current !== undefined; ) {
      demandGeneration(current, generation);
      if (current.deleteRequestedAt !== null || current.removed !== null) {
        if (onRecord !== undefined) await this.#options.store.note(onRecord(current));
        return current;
      }
      const after = await this.#write(current, {
        deleteRequestedAt: this.#options.clock.now(),
        whileUnneeded: only === 'unneeded' ? this.#unneeded(current) : undefined,
        onRecord: onRecord?.(current),
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
    const event = { at, what: 'delete requested', why, result: 'accepted' };
    await this.request(before, { event, trace, only: 'anyhow' });
  }

  /**
   * Throws InUse, naming what still needs the resource. What belongs to it goes with it and does not count. Only a look, so
   * that hooks are not asked in vain: something may come to need it before the write.
   */
  async refuseWhileInUse(resource: Resource): Promise<void> {
    const { store, account } = this.#options;
    const referrers = (await store.countReferrers(resource.uuid)).filter(
      ({ type, field }) => !this.#belongs({ type, field }),
    );
    const owned = resource.type === account.id ? await store.countOwned(resource.uuid) : 0;
    if (referrers.length > 0 || owned > 0) throw this.#inUse(resource, referrers, owned);
  }

  #write(resource: Resource, change: DesiredChange): Promise<Resource | undefined> {
    return this.#options.store
      .change(resource.uuid, resource.generation, change)
      .catch((thrown: unknown) => {
        throw thrown instanceof StillNeeded
          ? this.#inUse(resource, thrown.referrers, thrown.owned)
          : thrown;
      });
  }

  #unneeded(resource: Resource): Unneeded {
    const { types, account } = this.#options;
    const apartFrom = types.all().flatMap((type) =>
      Object.keys({ ...type.spec, ...type.status })
        .map((field) => ({ type: type.id, field }))
        .filter((field) => this.#belongs(field)),
    );
    return { apartFrom, owned: resource.type === account.id ? 'counts' : 'no matter' };
  }

  #belongs({ type, field }: ReferringField): boolean {
    const declared = this.#options.types.find(type);
    return (declared?.spec[field] ?? declared?.status[field])?.role === 'belongs';
  }

  #inUse(resource: Resource, referrers: readonly ReferrerCount[], owned: number): RequestError {
    const { types } = this.#options;
    const blockers = referrers.map(
      ({ type, count }) => `${count} ${count === 1 ? type : (types.find(type)?.plural ?? type)}`,
    );
    if (owned > 0) blockers.push(`${owned} resources`);
    const message = `${resource.type} ${resource.id} is still in use by ${blockers.join(' and ')}`;
    return new RequestError('InUse', message, { detail: blockers.join(', ') });
  }
}
