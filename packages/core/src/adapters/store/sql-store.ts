import { AUDIT_RECORD } from '../../model/audit-record.js';
import type { Store } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { FullStretches } from './full-stretches.js';
import { migrateSchema } from './migrations.js';
import { SqlSequences } from './sequences.js';
import { SqlAudit } from './sql-audit.js';
import { SqlChanges } from './sql-changes.js';
import { SqlDesiredWrites } from './sql-desired.js';
import { SqlLedger } from './sql-ledger.js';
import { SqlLookups } from './sql-lookups.js';
import { SqlObservedWrites } from './sql-observed.js';
import { SqlReads } from './sql-reads.js';
import { SqlRelatives } from './sql-relatives.js';
import { SqlTraffic } from './sql-traffic.js';
import { SqlUses } from './sql-uses.js';
import { SqlWriteRecords } from './sql-write-records.js';

/** A store, and what a cache of rows in front of it asks in place of whole lists. */
export interface SqlStore extends Store {
  /** See {@link SqlReads.listUuids}. */
  listUuids: SqlReads['listUuids'];
  /** See {@link SqlReads.rowsOf}. */
  rowsOf: SqlReads['rowsOf'];
}

/** The store on a SQL database: the same queries for every kind of one. */
export function sqlStore(connection: SqlConnection): SqlStore {
  const reads = new SqlReads(connection);
  const relatives = new SqlRelatives(connection);
  const sequences = new SqlSequences(connection);
  const lookups = new SqlLookups(connection, reads);
  const ledger = new SqlLedger(connection);
  const records = new SqlWriteRecords(connection);
  const audit = new SqlAudit(connection);
  const desired = new SqlDesiredWrites(connection, ledger, sequences, records);
  const traffic = new SqlTraffic(connection);
  const uses = new SqlUses(connection);
  const changes = new SqlChanges(connection);
  const observed = new SqlObservedWrites(connection, ledger);
  return {
    get: (uuid) => reads.get(uuid),
    find: (scope, type, id) =>
      type.id === AUDIT_RECORD ? audit.find(scope, id) : reads.find(scope, type, id),
    findAll: (scope, wanted) => lookups.findAll(scope, wanted),
    list: (scope, type, query) =>
      type.id === AUDIT_RECORD ? audit.list(scope, type, query) : reads.list(scope, type, query),
    listUuids: (scope, type, query) => reads.listUuids(scope, type, query),
    rowsOf: (uuids) => reads.rowsOf(uuids),
    all: (type, limit) => reads.all(type, limit),
    count: (scope, type, criteria) =>
      type.id === AUDIT_RECORD
        ? audit.count(scope, type, criteria)
        : reads.count(scope, type, criteria),
    relatives: (scope, query) => relatives.find(scope, query),
    everyReferrer: (uuid, field) => reads.everyReferrer(uuid, field),
    referrers: (uuid, type, field) => reads.referrers(uuid, type, field),
    findByNaturalKey: (type, key) => reads.findByNaturalKey(type, key),
    countOwned: (account) => reads.countOwned(account),
    countReferrers: (uuid) => reads.countReferrers(uuid),
    unsettledNeighbours: (uuid) => reads.unsettledNeighbours(uuid),
    due: (now, limit) => reads.due(now, limit),
    idsOf: (uuids) => reads.idsOf(uuids),
    history: (uuid, limit) => reads.history(uuid, limit),
    insert: (draft) => desired.insert(draft),
    change: (uuid, generation, change) => desired.change(uuid, generation, change),
    reseal: (uuid, generation, spec) => desired.reseal(uuid, generation, spec),
    claim: (uuid, fence) => observed.claim(uuid, fence),
    record: (uuid, fence, version, record) => observed.record(uuid, fence, version, record),
    wake: (uuid, now) => observed.wake(uuid, now),
    purge: (before) => observed.purge(before),
    allocate: (pool, owner, items) => ledger.allocate(pool, owner, items),
    allocateAll: (owner, wants) => ledger.allocateAll(owner, wants),
    release: (pool, owner) => ledger.release(pool, owner),
    allocated: (pool) => ledger.allocated(pool),
    setCapacity: (holder, className, total) => ledger.setCapacity(holder, className, total),
    capacities: (className) => ledger.capacities(className),
    claimCapacity: (owner, holder, className, amount) =>
      ledger.claimCapacity(owner, holder, className, amount),
    claimOf: (owner, className) => ledger.claimOf(owner, className),
    moveClaim: (owner, className, from, to) => ledger.moveClaim(owner, className, from, to),
    releaseCapacity: (owner, className) => ledger.releaseCapacity(owner, className),
    newestChanges: (limit) => changes.newestChanges(limit),
    changes: (query) => changes.changes(query),
    traffic: (owners) => traffic.traffic(owners),
    trafficOf: (network) => traffic.trafficOf(network),
    countTraffic: (reading) => traffic.countTraffic(reading),
    carriedOut: (account, key) => records.carriedOut(account, key),
    note: (onRecord) => records.note(onRecord),
    forgetRequests: (before) => records.forgetRequests(before),
    unsealed: (limit) => audit.unsealed(limit),
    unsealedOf: (account, limit) => audit.unsealedOf(account, limit),
    chainHead: (account) => audit.chainHead(account),
    sealedFrom: (account, sequence, limit) => audit.sealedFrom(account, sequence, limit),
    seal: (account, head, seals) => audit.seal(account, head, seals),
    forgetAudited: (before) => audit.forgetAudited(before),
    noteUse: (resource, at) => uses.noteUse(resource, at),
    lastUse: (resource) => uses.lastUse(resource),
    migrate: async () => {
      await migrateSchema(connection.builder, connection.migrations);
      await new FullStretches(connection).forget();
    },
    nextIncarnation: () => sequences.draw('kernel incarnation'),
    close: () => connection.close(),
  };
}
