import { childUuid } from '../model/child-uuid.js';
import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { ChildDesired, Unlinked } from '../ports/reconciler.js';
import type { ResourceReads, Store } from '../ports/store.js';
import type { Deletions } from './deletions.js';
import { ReferenceResolver } from './reference-resolver.js';
import type { Sealing } from './sealing/sealing.js';

/** What a child request works with. */
export interface ChildRequestsOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly deletions: Deletions;
  readonly sealing: Sealing;
}

/** What a pass has read already, so that it need not be read again. */
export interface ReadBefore {
  /** The child itself; absent where nobody looked for it. */
  readonly child?: Resource | 'absent' | undefined;
  /** What the child may refer to. */
  readonly others: readonly Resource[];
}

/** What a pass may ask for beyond its own resource: other resources, as durable wishes like any caller's. */
export class ChildRequests {
  readonly #options: ChildRequestsOptions;

  constructor(options: ChildRequestsOptions) {
    this.#options = options;
  }

  /**
   * Inserts the child that plays `role` for `parent` unless it is there; its uuid follows from both, or is given. Part of `trace`. Should
   * the child have come about since it was read, the insert says so.
   */
  async insertChild<R extends ResourceType>(
    parent: Resource,
    type: R,
    role: string,
    desired: ChildDesired<R>,
    trace?: string,
    { child, others }: ReadBefore = { others: [] },
  ): Promise<{ readonly resource: Resource; readonly inserted: 'yes' | 'no' }> {
    const { store, types, clock, events, sealing } = this.#options;
    const uuid = desired.uuid ?? childUuid(parent.uuid, role);
    const existing = child === 'absent' ? undefined : (child ?? (await store.get(uuid)));
    if (existing !== undefined) return { resource: existing, inserted: 'no' };
    const reads = afterThese([parent, ...others], store);
    const resolver = new ReferenceResolver(types, reads);
    const resolved = await resolver.resolve({ kind: 'all' }, type.spec, desired.spec as JsonObject);
    const account = desired.account ?? parent.account;
    const { resource, inserted } = await resolver.naming(type.spec, resolved, () =>
      store.insert({
        uuid,
        type: type.id,
        account,
        name: desired.name,
        description: null,
        data: {},
        spec: sealing.seal(type, { account, uuid }, resolved.spec),
        naturalKey: null,
        visibleToAll: 'no',
        references: resolved.references,
        under: parent.fence === null ? undefined : { uuid: parent.uuid, fence: parent.fence },
        created: clock.now(),
        event: {
          at: clock.now(),
          what: 'requested',
          why: `${parent.type} ${parent.id} needs it`,
          result: 'create',
        },
      }),
    );
    events.publish({ uuid, account: resource.account, reason: 'changed', trace });
    return { resource, inserted: inserted ? 'yes' : 'no' };
  }

  /** Asks for a deletion unless that was asked before. */
  requestDelete(uuid: ResourceUuid, why: string, trace?: string): Promise<void> {
    return this.#options.deletions.requestFor(uuid, why, trace);
  }

  /** Takes a reference out of what is asked of a resource, unless it names something else by now. Part of `trace`. */
  async requestUnlink(uuid: ResourceUuid, link: Unlinked, trace?: string): Promise<void> {
    const { types, store, clock, events, sealing } = this.#options;
    for (;;) {
      const before = await store.get(uuid);
      const spec = before === undefined ? undefined : unlinked(before, link);
      if (before === undefined || spec === undefined) return;
      const after = await store.change(uuid, before.generation, {
        spec: sealing.renewed(types.get(before.type), before, spec),
        references: { fields: [link.field], targets: [] },
        event: { at: clock.now(), what: 'update requested', why: link.why, result: link.field },
      });
      if (after === undefined) continue;
      events.publish({ uuid, account: after.account, reason: 'changed', trace });
      return;
    }
  }

  /** Has a resource looked at soon, whatever it is doing. Part of `trace`. */
  async wake({ uuid, account }: Resource, trace?: string): Promise<void> {
    const { store, clock, events } = this.#options;
    await store.wake(uuid, clock.now());
    events.publish({ uuid, account, reason: 'dependency', trace });
  }
}

// The desired state without the reference; undefined where it is not what it was any more.
function unlinked(
  { spec, deleteRequestedAt, removed }: Resource,
  { field, id, also }: Unlinked,
): JsonObject | undefined {
  const before = spec as JsonObject;
  if (before[field] !== id || deleteRequestedAt !== null || removed !== null) return undefined;
  return { ...before, ...Object.fromEntries([field, ...also].map((name) => [name, null])) };
}

// Reads only what is not among the rows that were just read.
function afterThese(
  rows: readonly Resource[],
  store: Pick<ResourceReads, 'findAll'>,
): Pick<ResourceReads, 'findAll'> {
  return {
    findAll: async (scope, wanted) => {
      const known = wanted.map((one) =>
        rows.find((row) =>
          'uuid' in one
            ? row.uuid === one.uuid
            : row.type === one.type.id && (row.id === one.id || row.naturalKey === one.id),
        ),
      );
      return known.includes(undefined) ? store.findAll(scope, wanted) : known;
    },
  };
}
