import { asId, type Fence, type ResourceId, type ResourceUuid } from '../../model/identity.js';
import type { TypeRegistry } from '../../model/registry.js';
import { type Resource, UNOBSERVED } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type {
  DesiredChange,
  Draft,
  ReferenceChange,
  ResourceReads,
  Scope,
  StatusRecord,
  Wanted,
} from '../../ports/store.js';

/** A row of the fork's own: one that it made, or its own version of one that there is. */
interface ForkedRow {
  readonly resource: Resource;
  readonly origin: 'new' | 'known';
  readonly visibleToAll: 'yes' | 'no';
  /** Who wanted its latest desired state. */
  readonly why: string;
  /** Reference fields that were written here, and what they refer to since. */
  readonly references: ReadonlyMap<string, readonly ResourceUuid[]>;
}

/**
 * Rows as they would be: reads see the store through what was written here, writes stay here. Lives as long as one plan.
 */
export class ForkedRows {
  readonly #base: ResourceReads;
  readonly #types: TypeRegistry;
  readonly #rows = new Map<ResourceUuid, ForkedRow>();
  #progress = 0;

  constructor(base: ResourceReads, types: TypeRegistry) {
    this.#base = base;
    this.#types = types;
  }

  /** Grows whenever something is written that a waiting resource may wait for. */
  get progress(): number {
    return this.#progress;
  }

  /** The resources that were written here, in the order of their first write. */
  written(): readonly Resource[] {
    return [...this.#rows.values()].map(({ resource }) => resource);
  }

  /** Whether it was made here. */
  originOf(uuid: ResourceUuid): 'new' | 'known' {
    return this.#rows.get(uuid)?.origin ?? 'known';
  }

  /** Who wanted the latest desired state that was written here. */
  reasonFor(uuid: ResourceUuid): string {
    return this.#rows.get(uuid)?.why ?? '';
  }

  async get(uuid: ResourceUuid): Promise<Resource | undefined> {
    return this.#rows.get(uuid)?.resource ?? this.#base.get(uuid);
  }

  async find(scope: Scope, type: ResourceType, id: string): Promise<Resource | undefined> {
    const known = this.#asHere(await this.#base.find(scope, type, id));
    // A tombstone is found by its id only.
    if (known !== undefined && (known.removed === null || known.id === id)) return known;
    return this.#newOf(type.id).find(
      ({ resource, visibleToAll }) =>
        (resource.id === id || resource.naturalKey === id) &&
        (scope.kind === 'all' || resource.account === scope.account || visibleToAll === 'yes'),
    )?.resource;
  }

  // A plan takes its time, and its rows are in two places: one after the other will do.
  findAll(scope: Scope, wanted: readonly Wanted[]): Promise<readonly (Resource | undefined)[]> {
    return Promise.all(
      wanted.map((one) =>
        'uuid' in one ? this.get(one.uuid) : this.find(scope, one.type, one.id),
      ),
    );
  }

  async findByNaturalKey(type: ResourceType, key: string): Promise<Resource | undefined> {
    const known = this.#asHere(await this.#base.findByNaturalKey(type, key));
    if (known !== undefined && known.removed === null) return known;
    return this.#newOf(type.id).find(({ resource }) => resource.naturalKey === key)?.resource;
  }

  async all(type: ResourceType, limit: number): Promise<readonly Resource[]> {
    const known = (await this.#base.all(type, limit)).map((resource) => this.#asHere(resource));
    const made = this.#newOf(type.id).map(({ resource }) => resource);
    return [...known, ...made].filter(isLive).slice(0, limit);
  }

  async referrers(uuid: ResourceUuid, type: string, field: string): Promise<readonly Resource[]> {
    const every = await this.everyReferrer(uuid, field);
    return every.filter((resource) => resource.type === type);
  }

  async everyReferrer(uuid: ResourceUuid, field: string): Promise<readonly Resource[]> {
    const known = await this.#base.everyReferrer(uuid, field);
    const kept = known.filter((resource) => !this.#rows.get(resource.uuid)?.references.has(field));
    const here = [...this.#rows.values()]
      .filter(({ references }) => references.get(field)?.includes(uuid) === true)
      .map(({ resource }) => resource);
    return [...kept.map((resource) => this.#asHere(resource)), ...here]
      .filter(isLive)
      .toSorted((left, right) => left.created - right.created || (left.uuid < right.uuid ? -1 : 1));
  }

  async idsOf(uuids: readonly ResourceUuid[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    const ids = new Map(await this.#base.idsOf(uuids));
    for (const uuid of uuids) {
      const row = this.#rows.get(uuid);
      if (row !== undefined) ids.set(uuid, row.resource.id);
    }
    return ids;
  }

  async insert(draft: Draft): Promise<{ readonly inserted: boolean; readonly resource: Resource }> {
    const existing = (await this.get(draft.uuid)) ?? (await this.#namesake(draft));
    if (existing !== undefined) return { inserted: false, resource: existing };
    const {
      visibleToAll,
      references,
      event,
      charges: _charges,
      under: _under,
      onRecord: _onRecord,
      ...desired
    } = draft;
    const number = [...this.#rows.values()].filter(({ origin }) => origin === 'new').length + 1;
    const resource: Resource = {
      ...UNOBSERVED,
      ...desired,
      id: asId(`new-${number}`),
      generation: 1,
      deleteRequestedAt: null,
      repairs: [],
    };
    const fields = [...new Set(references.map(({ field }) => field))];
    this.#rows.set(draft.uuid, {
      resource,
      origin: 'new',
      visibleToAll,
      why: event.why,
      references: withReferences(new Map(), { fields, targets: references }),
    });
    this.#progress += 1;
    return { inserted: true, resource };
  }

  async change(
    uuid: ResourceUuid,
    generation: number,
    change: DesiredChange,
  ): Promise<Resource | undefined> {
    const before = await this.get(uuid);
    if (before === undefined || before.removed !== null || before.generation !== generation)
      return undefined;
    const {
      event,
      references,
      charges: _charges,
      onRecord: _onRecord,
      whileUnneeded: _whileUnneeded,
      ...desired
    } = change;
    const deleteRequestedAt = before.deleteRequestedAt ?? change.deleteRequestedAt ?? null;
    const after = { ...before, ...desired, deleteRequestedAt, generation: generation + 1 };
    this.#write(after, references, event.why);
    this.#progress += 1;
    return after;
  }

  /** Makes `uuid` one of the written, whatever it is asked to be. */
  async wake(uuid: ResourceUuid, now: number): Promise<void> {
    const before = await this.get(uuid);
    if (before === undefined || before.removed !== null) return;
    this.#write({ ...before, nextAttemptAt: now }, undefined, 'it is to be looked at');
  }

  async claim(uuid: ResourceUuid, fence: Fence): Promise<Resource | undefined> {
    const before = await this.get(uuid);
    if (before === undefined || before.removed !== null) return undefined;
    return this.#write({ ...before, fence }, undefined, undefined);
  }

  async record(
    uuid: ResourceUuid,
    fence: Fence,
    statusVersion: number,
    record: StatusRecord,
  ): Promise<Resource | undefined> {
    const before = await this.get(uuid);
    if (before?.fence !== fence || before.statusVersion !== statusVersion) return undefined;
    const { events: _events, shown: _shown, references, ...observed } = record;
    const after = { ...before, ...observed, statusVersion: statusVersion + 1 };
    if (isReady(before) !== isReady(after) || after.removed !== null) this.#progress += 1;
    return this.#write(after, references, undefined);
  }

  #asHere<R extends Resource | undefined>(resource: R): R | Resource {
    return resource === undefined
      ? resource
      : (this.#rows.get(resource.uuid)?.resource ?? resource);
  }

  #newOf(type: string): readonly ForkedRow[] {
    return [...this.#rows.values()].filter(
      ({ origin, resource }) => origin === 'new' && resource.type === type && isLive(resource),
    );
  }

  async #namesake({ type, naturalKey }: Draft): Promise<Resource | undefined> {
    return naturalKey === null
      ? undefined
      : this.findByNaturalKey(this.#types.get(type), naturalKey);
  }

  #write(
    resource: Resource,
    references: ReferenceChange | undefined,
    why: string | undefined,
  ): Resource {
    const before = this.#rows.get(resource.uuid);
    this.#rows.set(resource.uuid, {
      resource,
      origin: before?.origin ?? 'known',
      visibleToAll: before?.visibleToAll ?? 'no',
      why: why ?? before?.why ?? '',
      references: withReferences(before?.references ?? new Map(), references),
    });
    return resource;
  }
}

function isLive(resource: Resource): boolean {
  return resource.removed === null;
}

function withReferences(
  known: ForkedRow['references'],
  change: ReferenceChange | undefined,
): ForkedRow['references'] {
  if (change === undefined) return known;
  const after = new Map(known);
  for (const field of change.fields) {
    const targets = change.targets.filter((reference) => reference.field === field);
    after.set(
      field,
      targets.map(({ target }) => target),
    );
  }
  return after;
}
