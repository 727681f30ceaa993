import { FenceLost, ReferenceLost, StillNeeded } from '../../model/errors.js';
import { asId, type Fence, type ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import { type Resource, UNOBSERVED } from '../../model/resource.js';
import type { DesiredChange, Draft, Reference, StatusRecord, Unneeded } from '../../ports/store.js';
import type { MemoryHistory } from './memory-history.js';
import type { MemoryLedger } from './memory-ledger.js';
import { MemoryReads } from './memory-reads.js';
import type { MemoryReferences } from './memory-references.js';
import type { MemoryRows } from './memory-rows.js';
import type { MemoryTraffic } from './memory-traffic.js';
import type { MemoryUses } from './memory-uses.js';
import type { MemoryWriteRecords } from './memory-write-records.js';
import { asStored } from './stored-json.js';

/** What writes change. */
export interface MemoryTables {
  readonly rows: MemoryRows;
  readonly references: MemoryReferences;
  readonly history: MemoryHistory;
  readonly ledger: MemoryLedger;
  readonly traffic: MemoryTraffic;
  readonly records: MemoryWriteRecords;
  readonly uses: MemoryUses;
}

/** Writing desired state in memory. */
export class MemoryDesiredWrites {
  readonly #tables: MemoryTables;
  readonly #reads: MemoryReads;
  readonly #drawn = new Map<string, number>();

  constructor(tables: MemoryTables) {
    this.#tables = tables;
    this.#reads = new MemoryReads(tables.rows, tables.references, tables.records);
  }

  /** Goes on counting ids where another one is. */
  takeOver(other: MemoryDesiredWrites): void {
    for (const [type, last] of other.#drawn) this.#drawn.set(type, last);
  }

  insert(draft: Draft): { readonly inserted: boolean; readonly resource: Resource } {
    const { rows, references, history, ledger, records } = this.#tables;
    const { uuid, type, naturalKey, under } = draft;
    const holder = under === undefined ? undefined : rows.get(under.uuid);
    if (under !== undefined && (holder?.fence !== under.fence || holder.removed !== null))
      throw new FenceLost(under.uuid);
    const existing =
      rows.get(uuid) ?? (naturalKey === null ? undefined : rows.byNaturalKey(type, naturalKey));
    if (existing === undefined) {
      records.demandNew(draft.onRecord);
      this.#demandStanding(draft);
      ledger.chargeAll(uuid, draft.charges ?? []);
    }
    // Drawn also where it turns out not to be needed, so that gaps are where those of a database are.
    const number = (this.#drawn.get(type) ?? 0) + 1;
    this.#drawn.set(type, number);
    if (existing !== undefined) return { inserted: false, resource: existing };
    const resource: Resource = {
      uuid,
      type,
      id: asId(String(number)),
      account: draft.account,
      naturalKey,
      created: draft.created,
      name: draft.name,
      description: draft.description,
      data: asStored(draft.data),
      spec: asStored(draft.spec),
      generation: 1,
      deleteRequestedAt: null,
      ...UNOBSERVED,
      repairs: [],
    };
    rows.insert(resource, draft.visibleToAll);
    references.add(uuid, draft.references);
    history.add(uuid, [draft.event]);
    records.add(draft.onRecord, resource.id);
    return { inserted: true, resource };
  }

  change(uuid: ResourceUuid, generation: number, change: DesiredChange): Resource | undefined {
    const { rows, references, history, ledger, records } = this.#tables;
    const before = rows.get(uuid);
    if (before === undefined || before.generation !== generation || before.removed !== null)
      return undefined;
    records.demandNew(change.onRecord);
    this.#demandStaying(change.references?.targets.filter(({ target }) => target !== uuid) ?? []);
    if (change.whileUnneeded !== undefined) this.#demandUnneeded(uuid, change.whileUnneeded);
    ledger.chargeAll(uuid, change.charges ?? []);
    const after = rows.replace({
      ...before,
      name: change.name === undefined ? before.name : change.name,
      description: change.description === undefined ? before.description : change.description,
      data: change.data === undefined ? before.data : asStored(change.data),
      spec: change.spec === undefined ? before.spec : asStored(change.spec),
      repairs: change.repairs === undefined ? before.repairs : asStored(change.repairs),
      generation: generation + 1,
      deleteRequestedAt: before.deleteRequestedAt ?? change.deleteRequestedAt ?? null,
    });
    if (change.references !== undefined) references.replace(uuid, change.references);
    history.add(uuid, [change.event]);
    records.add(change.onRecord);
    return after;
  }

  reseal(uuid: ResourceUuid, generation: number, spec: JsonObject): boolean {
    const { rows } = this.#tables;
    const before = rows.get(uuid);
    if (before?.generation !== generation) return false;
    rows.replace({ ...before, spec: asStored(spec) });
    return true;
  }

  #demandStanding({ references, account }: Draft): void {
    this.#demandStaying(references);
    const owner = this.#tables.rows.get(account);
    if (owner !== undefined && !stays(owner))
      throw new ReferenceLost({ field: undefined, target: account });
  }

  #demandStaying(references: readonly Reference[]): void {
    for (const reference of references) {
      const row = this.#tables.rows.get(reference.target);
      if (row === undefined || !stays(row)) throw new ReferenceLost(reference);
    }
  }

  #demandUnneeded(uuid: ResourceUuid, { apartFrom, owned: counted }: Unneeded): void {
    const referrers = this.#reads
      .countReferrers(uuid)
      .filter(({ type, field }) =>
        apartFrom.every((other) => other.type !== type || other.field !== field),
      );
    const owned = counted === 'counts' ? this.#reads.countOwned(uuid) : 0;
    if (referrers.length > 0 || owned > 0) throw new StillNeeded({ referrers, owned });
  }
}

function stays({ removed, deleteRequestedAt }: Resource): boolean {
  return removed === null && deleteRequestedAt === null;
}

/** A history is trimmed once in so many records, as in a database. */
const TRIM_EVERY = 64;

/** Writing observed state in memory, always under a fence. */
export class MemoryObservedWrites {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  claim(uuid: ResourceUuid, fence: Fence): Resource | undefined {
    const before = this.#tables.rows.get(uuid);
    if (before === undefined || before.removed !== null) return undefined;
    if (before.fence !== null && before.fence >= fence) return undefined;
    return this.#tables.rows.replace({ ...before, fence });
  }

  record(
    uuid: ResourceUuid,
    fence: Fence,
    statusVersion: number,
    record: StatusRecord,
  ): Resource | undefined {
    const { rows, references, history, ledger } = this.#tables;
    const before = rows.get(uuid);
    if (
      before === undefined ||
      before.removed !== null ||
      before.fence !== fence ||
      before.statusVersion !== statusVersion
    )
      return undefined;
    const next = statusVersion + 1;
    const after = rows.replace({
      ...before,
      // What a pass did not touch is the very object that was stored before.
      status: record.status === before.status ? before.status : asStored(record.status),
      conditions:
        record.conditions === before.conditions ? before.conditions : asStored(record.conditions),
      parts: record.parts === before.parts ? before.parts : asStored(record.parts),
      observedGeneration: record.observedGeneration,
      attemptedGeneration: record.attemptedGeneration,
      statusVersion: next,
      outcome: record.outcome,
      nextAttemptAt: record.nextAttemptAt,
      attempts: record.attempts,
      lastErrorCode: record.lastErrorCode,
      lastErrorMessage: record.lastErrorMessage,
      removed: record.removed,
    });
    if (record.events.length > 0 || record.shown === 'changed') history.add(uuid, record.events);
    if (next % TRIM_EVERY === 0) history.trim(uuid);
    if (record.references !== undefined) references.replace(uuid, record.references);
    if (record.removed !== null) {
      references.clear(uuid);
      ledger.releaseAll(uuid);
    }
    return after;
  }

  wake(uuid: ResourceUuid, now: number): void {
    const { rows } = this.#tables;
    const before = rows.get(uuid);
    if (before !== undefined && before.removed === null)
      rows.replace({ ...before, nextAttemptAt: now });
  }

  purge(before: number): number {
    const { rows, history, traffic, uses } = this.#tables;
    const gone = [...rows.all()].filter(({ removed }) => removed !== null && removed < before);
    const uuids = gone.map(({ uuid }) => uuid);
    traffic.forget(uuids);
    uses.forget(uuids);
    history.forget(uuids);
    for (const row of gone) rows.delete(row);
    return gone.length;
  }
}
