import { CHAIN_START } from '../../model/audit-record.js';
import type { TypeRegistry } from '../../model/registry.js';
import type { Store } from '../../ports/store.js';
import { ForkedLedger } from './forked-ledger.js';
import { ForkedRows } from './forked-rows.js';

/** A store that reads what there is and keeps every write to itself, and what was written. */
export interface ForkedStore {
  readonly store: Store;
  readonly rows: ForkedRows;
}

/**
 * Forks a store for one plan. Nothing that is done to the fork reaches `base`. Lists, histories and counts are those of
 * `base`: requests are checked against them before anything is written here.
 */
export function forkStore(base: Store, types: TypeRegistry): ForkedStore {
  const rows = new ForkedRows(base, types);
  const ledger = new ForkedLedger(base);
  const store: Store = {
    get: (uuid) => rows.get(uuid),
    find: (scope, type, id) => rows.find(scope, type, id),
    findAll: (scope, wanted) => rows.findAll(scope, wanted),
    list: (scope, type, query) => base.list(scope, type, query),
    count: (scope, type, criteria) => base.count(scope, type, criteria),
    relatives: (scope, query) => base.relatives(scope, query),
    all: (type, limit) => rows.all(type, limit),
    everyReferrer: (uuid, field) => rows.everyReferrer(uuid, field),
    referrers: (uuid, type, field) => rows.referrers(uuid, type, field),
    findByNaturalKey: (type, key) => rows.findByNaturalKey(type, key),
    countOwned: (account) => base.countOwned(account),
    countReferrers: (uuid) => base.countReferrers(uuid),
    // The plan itself goes round those it has written; nobody else is hinted.
    unsettledNeighbours: () => Promise.resolve([]),
    due: () => Promise.resolve([]),
    idsOf: (uuids) => rows.idsOf(uuids),
    history: (uuid, limit) => base.history(uuid, limit),
    // Charged after the write, unlike in a real store: a fork whose write is refused is thrown away whole.
    insert: async (draft) => {
      const made = await rows.insert(draft);
      if (made.inserted) await ledger.chargeAll(draft.uuid, draft.charges ?? []);
      return made;
    },
    change: async (uuid, generation, change) => {
      const changed = await rows.change(uuid, generation, change);
      if (changed !== undefined) await ledger.chargeAll(uuid, change.charges ?? []);
      return changed;
    },
    reseal: () => Promise.resolve(false),
    claim: (uuid, fence) => rows.claim(uuid, fence),
    record: (uuid, fence, version, record) => rows.record(uuid, fence, version, record),
    wake: (uuid, now) => rows.wake(uuid, now),
    purge: () => Promise.resolve(0),
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
    newestChanges: (limit) => base.newestChanges(limit),
    changes: (query) => base.changes(query),
    traffic: (owners) => base.traffic(owners),
    trafficOf: (network) => base.trafficOf(network),
    countTraffic: () => Promise.resolve(false),
    // What is only planned leaves nothing on record.
    carriedOut: () => Promise.resolve(undefined),
    note: () => Promise.resolve(),
    forgetRequests: () => Promise.resolve(0),
    unsealed: () => Promise.resolve([]),
    unsealedOf: () => Promise.resolve([]),
    chainHead: () => Promise.resolve(CHAIN_START),
    sealedFrom: () => Promise.resolve([]),
    seal: () => Promise.resolve(false),
    forgetAudited: () => Promise.resolve(0),
    noteUse: () => Promise.resolve(),
    lastUse: (resource) => base.lastUse(resource),
    migrate: () => Promise.resolve(),
    nextIncarnation: () => Promise.reject(new Error('a plan is no run of its own')),
    close: () => Promise.resolve(),
  };
  return { store, rows };
}
