import { AUDIT_RECORD } from '../../model/audit-record.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Scope, Store, Wanted } from '../../ports/store.js';
import { pageOf } from './sql-reads.js';
import type { SqlStore } from './sql-store.js';

/** How many rows are kept; a row and its documents take one or two KiB. */
const KEPT = 2_000;

/**
 * Keeps the rows read and written last, in front of a store that no other process writes to. Every write passes through
 * here and puts the row it returns, so what is kept is never older than what was acknowledged; a row that comes late is
 * known by its versions, which only grow, and is dropped.
 */
export function withRowCache({ listUuids, rowsOf, ...store }: SqlStore): Store {
  const rows = new RowCache();
  return {
    ...store,
    get: async (uuid) => rows.byUuid(uuid) ?? rows.put(await store.get(uuid)),
    find: async (scope, type, id) => {
      // Records get their place behind our back.
      if (type.id === AUDIT_RECORD) return store.find(scope, type, id);
      const known = rows.find(type, id) ?? rows.put(await store.find({ kind: 'all' }, type, id));
      return known !== undefined && sees(scope, type, known) ? known : undefined;
    },
    findAll: async (scope, wanted) => {
      const known = wanted.map((one) => rows.wanted(one));
      const missing = wanted.filter((_, index) => known[index] === undefined);
      const read = missing.length === 0 ? [] : await store.findAll({ kind: 'all' }, missing);
      for (const row of read) rows.put(row);
      return wanted.map((one, index) => {
        const row = known[index] ?? read[missing.indexOf(one)];
        if (row === undefined || 'uuid' in one) return row;
        return sees(scope, one.type, row) ? row : undefined;
      });
    },
    // Which rows they are is all that has to be read of those that are known.
    list: async (scope, type, query) => {
      if (type.id === AUDIT_RECORD) return store.list(scope, type, query);
      const { uuids, end } = await listUuids(scope, type, query);
      const known = new Map(uuids.map((uuid) => [uuid, rows.byUuid(uuid)]));
      const missing = uuids.filter((uuid) => known.get(uuid) === undefined);
      for (const row of missing.length === 0 ? [] : await rowsOf(missing)) {
        rows.put(row);
        known.set(row.uuid, row);
      }
      return pageOf(type, query, [...known.values()].filter(isThere), end);
    },
    findByNaturalKey: async (type, key) =>
      rows.byNaturalKey(type, key) ?? rows.put(await store.findByNaturalKey(type, key)),
    insert: async (draft) => {
      const answer = await store.insert(draft);
      rows.put(answer.resource);
      return answer;
    },
    change: async (uuid, generation, change) =>
      rows.put(await store.change(uuid, generation, change)),
    reseal: async (uuid, generation, spec) => {
      rows.drop(uuid);
      const isWritten = await store.reseal(uuid, generation, spec);
      // Once more: a read that began before the write may have put the old row meanwhile.
      rows.drop(uuid);
      return isWritten;
    },
    claim: async (uuid, fence) => rows.put(await store.claim(uuid, fence)),
    record: async (uuid, fence, version, record) =>
      rows.put(await store.record(uuid, fence, version, record)),
    wake: async (uuid, now) => {
      rows.drop(uuid);
      await store.wake(uuid, now);
      // Once more: a read that began before the write may have put the old row meanwhile.
      rows.drop(uuid);
    },
    purge: async (before) => {
      const purged = await store.purge(before);
      rows.clear();
      return purged;
    },
  };
}

function sees(scope: Scope, type: ResourceType, resource: Resource): boolean {
  return (
    scope.kind === 'all' ||
    resource.account === scope.account ||
    type.access.visibleTo === 'everyone'
  );
}

function isThere(row: Resource | undefined): row is Resource {
  return row !== undefined;
}

class RowCache {
  readonly #rows = new Map<ResourceUuid, Resource>();
  readonly #ids = new Map<string, ResourceUuid>();
  readonly #naturalKeys = new Map<string, ResourceUuid>();

  byUuid(uuid: ResourceUuid): Resource | undefined {
    return this.#rows.get(uuid);
  }

  wanted(one: Wanted): Resource | undefined {
    return 'uuid' in one ? this.byUuid(one.uuid) : this.find(one.type, one.id);
  }

  find(type: ResourceType, id: string): Resource | undefined {
    const uuid = this.#ids.get(`${type.id}/${id}`);
    return (uuid === undefined ? undefined : this.#rows.get(uuid)) ?? this.byNaturalKey(type, id);
  }

  byNaturalKey(type: ResourceType, key: string): Resource | undefined {
    const uuid = this.#naturalKeys.get(`${type.id}/${key}`);
    const known = uuid === undefined ? undefined : this.#rows.get(uuid);
    // A key may have passed to another resource since: only the row itself says what it is called now.
    return known?.removed === null && known.naturalKey === key ? known : undefined;
  }

  put<R extends Resource | undefined>(resource: R): R {
    if (resource === undefined) return resource;
    const known = this.#rows.get(resource.uuid);
    if (known !== undefined && isOlder(resource, known)) return resource;
    this.#rows.delete(resource.uuid);
    this.#rows.set(resource.uuid, resource);
    this.#ids.set(`${resource.type}/${resource.id}`, resource.uuid);
    if (resource.naturalKey !== null) {
      this.#naturalKeys.set(`${resource.type}/${resource.naturalKey}`, resource.uuid);
    }
    if (this.#rows.size > KEPT) this.#dropEldest();
    return resource;
  }

  drop(uuid: ResourceUuid): void {
    const known = this.#rows.get(uuid);
    if (known === undefined) return;
    this.#rows.delete(uuid);
    this.#ids.delete(`${known.type}/${known.id}`);
    if (known.naturalKey !== null) this.#naturalKeys.delete(`${known.type}/${known.naturalKey}`);
  }

  clear(): void {
    this.#rows.clear();
    this.#ids.clear();
    this.#naturalKeys.clear();
  }

  #dropEldest(): void {
    for (const uuid of this.#rows.keys()) {
      this.drop(uuid);
      return;
    }
  }
}

function isOlder(resource: Resource, known: Resource): boolean {
  return (
    resource.generation < known.generation ||
    resource.statusVersion < known.statusVersion ||
    (resource.fence ?? '') < (known.fence ?? '')
  );
}
