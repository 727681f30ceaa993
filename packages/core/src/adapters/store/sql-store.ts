import type { Store } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { FullStretches } from './full-stretches.js';
import { migrateSchema } from './migrations.js';
import { SqlSequences } from './sequences.js';
import { SqlDesiredWrites } from './sql-desired.js';
import { SqlLedger } from './sql-ledger.js';
import { SqlLookups } from './sql-lookups.js';
import { SqlObservedWrites } from './sql-observed.js';
import { SqlReads } from './sql-reads.js';
import { SqlTraffic } from './sql-traffic.js';

/** The store on a SQL database: the same queries for every kind of one. */
export function sqlStore(connection: SqlConnection): Store {
  const reads = new SqlReads(connection);
  const sequences = new SqlSequences(connection);
  const lookups = new SqlLookups(connection, reads);
  const ledger = new SqlLedger(connection);
  const desired = new SqlDesiredWrites(connection, ledger, sequences);
  const traffic = new SqlTraffic(connection);
  const observed = new SqlObservedWrites(connection, ledger);
  return {
    get: (uuid) => reads.get(uuid),
    find: (scope, type, id) => reads.find(scope, type, id),
    findAll: (scope, wanted) => lookups.findAll(scope, wanted),
    list: (scope, type, query) => reads.list(scope, type, query),
    all: (type, limit) => reads.all(type, limit),
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
    traffic: (owners) => traffic.traffic(owners),
    trafficOf: (network) => traffic.trafficOf(network),
    countTraffic: (reading) => traffic.countTraffic(reading),
    migrate: async () => {
      await migrateSchema(connection.builder, connection.migrations);
      await new FullStretches(connection).forget();
    },
    nextIncarnation: () => sequences.draw('kernel incarnation'),
    close: () => connection.close(),
  };
}
