import { AUDIT_RECORD, auditResource } from '../../model/audit-record.js';
import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type {
  Addressed,
  Due,
  ListCriteria,
  ListPage,
  ListQuery,
  ReferrerCount,
  Relative,
  RelativesQuery,
  Scope,
  Wanted,
} from '../../ports/store.js';
import { pageOf } from './memory-listing.js';
import type { MemoryReferences } from './memory-references.js';
import type { MemoryRows } from './memory-rows.js';
import type { MemoryWriteRecords } from './memory-write-records.js';
import { compareText } from './sql-order.js';

/** Looking things up in memory. */
export class MemoryReads {
  readonly #rows: MemoryRows;
  readonly #references: MemoryReferences;
  readonly #records: MemoryWriteRecords;

  constructor(rows: MemoryRows, references: MemoryReferences, records: MemoryWriteRecords) {
    this.#records = records;
    this.#rows = rows;
    this.#references = references;
  }

  wanted(scope: Scope, one: Wanted): Resource | undefined {
    return 'uuid' in one ? this.#rows.get(one.uuid) : this.find(scope, one.type, one.id);
  }

  find(scope: Scope, type: ResourceType, id: string): Resource | undefined {
    if (type.id === AUDIT_RECORD) {
      const record = this.#records.find(id);
      return record !== undefined && isOf(scope, record) ? record : undefined;
    }
    const row =
      this.#rows.byId(type.id, id) ??
      (type.uniqueBy === undefined ? undefined : this.#rows.byNaturalKey(type.id, id));
    return row !== undefined && this.#rows.sees(scope, row) ? row : undefined;
  }

  list(scope: Scope, type: ResourceType, query: ListQuery): ListPage {
    if (type.id === AUDIT_RECORD) {
      const records = this.#records.records().map(auditResource);
      return this.#page(
        records.filter((record) => isOf(scope, record)),
        type,
        query,
      );
    }
    const { child } = query;
    const candidates =
      child === undefined
        ? [...this.#rows.ofType(type.id)]
        : this.#known(this.#references.referrers(child.parent, child.field)).filter(
            (row) => row.type === type.id,
          );
    const seen = candidates.filter((row) => this.#rows.sees(scope, row));
    return this.#page(seen, type, query);
  }

  #page(rows: readonly Resource[], type: ResourceType, query: ListQuery): ListPage {
    return pageOf(rows, type, query, (account) => this.#rows.get(account)?.id ?? null);
  }

  count(scope: Scope, type: ResourceType, criteria: ListCriteria): number {
    return this.list(scope, type, { ...criteria, limit: Number.POSITIVE_INFINITY }).resources
      .length;
  }

  relatives(scope: Scope, { of, end, type, field, limit }: RelativesQuery): readonly Relative[] {
    const found = [...new Set(of)].flatMap((near) => {
      const ends =
        end === 'targets'
          ? this.#references.targets(near, field)
          : this.#references.referrers(near, field);
      return this.#known(ends).map((resource) => ({ of: near, resource }));
    });
    return found
      .filter(
        ({ resource }) =>
          resource.type === type.id &&
          (end === 'targets' || resource.removed === null) &&
          this.#rows.sees(scope, resource),
      )
      .sort(
        (left, right) =>
          compareText(left.resource.uuid, right.resource.uuid) || compareText(left.of, right.of),
      )
      .slice(0, limit);
  }

  all(type: ResourceType, limit: number): readonly Resource[] {
    const found: Resource[] = [];
    for (const row of this.#rows.ofType(type.id)) {
      if (found.length >= limit) break;
      if (row.removed === null) found.push(row);
    }
    return found;
  }

  referrers(uuid: ResourceUuid, type: string, field: string): readonly Resource[] {
    return this.everyReferrer(uuid, field).filter((row) => row.type === type);
  }

  everyReferrer(uuid: ResourceUuid, field: string): readonly Resource[] {
    return this.#known(this.#references.referrers(uuid, field)).filter(
      (row) => row.removed === null,
    );
  }

  countReferrers(uuid: ResourceUuid): readonly ReferrerCount[] {
    const counts = new Map<string, ReferrerCount>();
    for (const [field, sources] of this.#references.referrersByField(uuid)) {
      for (const { type, removed } of this.#known(sources)) {
        if (removed !== null) continue;
        const key = `${type}/${field}`;
        counts.set(key, { type, field, count: (counts.get(key)?.count ?? 0) + 1 });
      }
    }
    return [...counts.values()].sort(
      (left, right) => compareText(left.type, right.type) || compareText(left.field, right.field),
    );
  }

  countOwned(account: ResourceUuid): number {
    let count = 0;
    for (const row of this.#rows.all()) {
      if (row.account === account && row.uuid !== account && row.removed === null) count += 1;
    }
    return count;
  }

  unsettledNeighbours(of: ResourceUuid): readonly Addressed[] {
    return this.#known(this.#references.neighbours(of))
      .filter(
        (row) =>
          row.removed === null &&
          (row.observedGeneration < row.generation ||
            (row.outcome !== null && row.outcome !== 'done')),
      )
      .map(({ uuid, account }) => ({ uuid, account }));
  }

  due(now: number, limit: number): readonly Due[] {
    const changed = this.#rows.changed(limit).map((row) => dueRow(row, 'changed'));
    const due = this.#rows
      .due(now, limit)
      .map((row) => dueRow(row, row.outcome === 'done' ? 'resync' : 'retry'));
    return [...changed, ...due];
  }

  idsOf(uuids: readonly ResourceUuid[]): ReadonlyMap<ResourceUuid, ResourceId> {
    return new Map(this.#known(new Set(uuids)).map(({ uuid, id }) => [uuid, id]));
  }

  // The rows that are there, the oldest first.
  #known(uuids: Iterable<ResourceUuid>): readonly Resource[] {
    const found: Resource[] = [];
    for (const uuid of uuids) {
      const row = this.#rows.get(uuid);
      if (row !== undefined) found.push(row);
    }
    return found.sort((left, right) => compareText(left.uuid, right.uuid));
  }
}

function dueRow({ uuid, account }: Resource, reason: Due['reason']): Due {
  return { uuid, account, reason };
}

function isOf(scope: Scope, { account }: Resource): boolean {
  return scope.kind === 'all' || scope.account === account;
}
