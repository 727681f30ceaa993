import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { Scope } from '../../ports/store.js';
import { compareText } from './sql-order.js';

/** How many versions of a row are kept, the present one included. */
const VERSIONS = 4;

interface Entry {
  readonly visibleToAll: 'yes' | 'no';
  /** Counts insertions: what is due at the same moment comes in this order. */
  readonly order: number;
  /** The newest first. */
  versions: readonly [Resource, ...Resource[]];
}

/** The rows, never changed but replaced whole, and the indexes over them. Tombstones are rows like others. */
export class MemoryRows {
  readonly #entries = new Map<ResourceUuid, Entry>();
  readonly #ids = new Map<string, ResourceUuid>();
  /** Of the living only. */
  readonly #naturalKeys = new Map<string, ResourceUuid>();
  /** In the order of uuids, which is that of creation. */
  readonly #types = new Map<string, ResourceUuid[]>();
  readonly #changed = new Set<ResourceUuid>();
  readonly #timed = new Set<ResourceUuid>();
  #inserted = 0;

  /** Takes over all rows of another table, which goes its own way afterwards. */
  takeOver(other: MemoryRows): void {
    for (const [uuid, entry] of other.#entries) this.#entries.set(uuid, { ...entry });
    for (const [id, uuid] of other.#ids) this.#ids.set(id, uuid);
    for (const [key, uuid] of other.#naturalKeys) this.#naturalKeys.set(key, uuid);
    for (const [type, uuids] of other.#types) this.#types.set(type, [...uuids]);
    for (const uuid of other.#changed) this.#changed.add(uuid);
    for (const uuid of other.#timed) this.#timed.add(uuid);
    this.#inserted = other.#inserted;
  }

  get(uuid: ResourceUuid): Resource | undefined {
    return this.#entries.get(uuid)?.versions[0];
  }

  /** The row as it was `back` writes ago; undefined when that is forgotten, or it was not there yet. */
  earlier(uuid: ResourceUuid, back: number): Resource | undefined {
    return this.#entries.get(uuid)?.versions[back];
  }

  byId(type: string, id: string): Resource | undefined {
    return this.#at(this.#ids.get(`${type}/${id}`));
  }

  byNaturalKey(type: string, key: string): Resource | undefined {
    return this.#at(this.#naturalKeys.get(`${type}/${key}`));
  }

  sees(scope: Scope, row: Resource): boolean {
    return (
      scope.kind === 'all' ||
      row.account === scope.account ||
      this.#entries.get(row.uuid)?.visibleToAll === 'yes'
    );
  }

  /** All rows, in the order of insertion. */
  *all(): Iterable<Resource> {
    for (const { versions } of this.#entries.values()) yield versions[0];
  }

  /** The rows of a type, the oldest first. */
  *ofType(type: string): Iterable<Resource> {
    for (const uuid of this.#types.get(type) ?? []) {
      const row = this.get(uuid);
      if (row !== undefined) yield row;
    }
  }

  /** The living whose last change no pass has worked on, the oldest first. */
  changed(limit: number): readonly Resource[] {
    const uuids = [...this.#changed].sort(compareText).slice(0, limit);
    return uuids.flatMap((uuid) => this.get(uuid) ?? []);
  }

  /** Those whose next attempt is at `now` or before, the longest waiting first. */
  due(now: number, limit: number): readonly Resource[] {
    const found: { readonly row: Resource; readonly at: number; readonly order: number }[] = [];
    for (const uuid of this.#timed) {
      const entry = this.#entries.get(uuid);
      const at = entry?.versions[0].nextAttemptAt;
      if (entry !== undefined && at !== null && at !== undefined && at <= now)
        found.push({ row: entry.versions[0], at, order: entry.order });
    }
    found.sort((left, right) => left.at - right.at || left.order - right.order);
    return found.slice(0, limit).map(({ row }) => row);
  }

  /** Adds a row whose uuid and natural key are free. */
  insert(row: Resource, visibleToAll: 'yes' | 'no'): void {
    this.#inserted += 1;
    this.#entries.set(row.uuid, { visibleToAll, order: this.#inserted, versions: [row] });
    this.#ids.set(`${row.type}/${row.id}`, row.uuid);
    const siblings = this.#types.get(row.type);
    if (siblings === undefined) {
      this.#types.set(row.type, [row.uuid]);
    } else {
      const last = siblings.at(-1);
      siblings.push(row.uuid);
      if (last !== undefined && last > row.uuid) siblings.sort(compareText);
    }
    this.#index(row);
  }

  /** Puts a row in the place of its earlier version. */
  replace<Row extends Resource>(row: Row): Row {
    const entry = this.#entries.get(row.uuid);
    if (entry === undefined) throw new Error(`${row.uuid} is replaced before it is inserted`);
    entry.versions = [row, ...entry.versions.slice(0, VERSIONS - 1)];
    this.#index(row);
    return row;
  }

  /** Puts another version in the place of every row and forgets the earlier ones. */
  edit(change: (row: Resource) => Resource): void {
    for (const entry of this.#entries.values()) {
      entry.versions = [change(entry.versions[0])];
      this.#index(entry.versions[0]);
    }
  }

  /** Deletes a row. */
  delete(row: Resource): void {
    this.#entries.delete(row.uuid);
    this.#ids.delete(`${row.type}/${row.id}`);
    this.#changed.delete(row.uuid);
    this.#timed.delete(row.uuid);
    const siblings = this.#types.get(row.type);
    siblings?.splice(siblings.indexOf(row.uuid), 1);
  }

  #index(row: Resource): void {
    const { uuid, naturalKey } = row;
    if (naturalKey !== null) {
      if (row.removed === null) this.#naturalKeys.set(`${row.type}/${naturalKey}`, uuid);
      else this.#naturalKeys.delete(`${row.type}/${naturalKey}`);
    }
    if (row.attemptedGeneration < row.generation && row.removed === null) this.#changed.add(uuid);
    else this.#changed.delete(uuid);
    if (row.nextAttemptAt === null) this.#timed.delete(uuid);
    else this.#timed.add(uuid);
  }

  #at(uuid: ResourceUuid | undefined): Resource | undefined {
    return uuid === undefined ? undefined : this.get(uuid);
  }
}
