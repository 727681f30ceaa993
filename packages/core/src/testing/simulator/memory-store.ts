import type { AuditRecord } from '../../model/audit-record.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { HistoryEvent, Store } from '../../ports/store.js';
import type { TrafficRecord } from '../../ports/traffic-records.js';
import { MemoryHistory } from './memory-history.js';
import { type HeldCapacity, type HeldClaim, type HeldItem, MemoryLedger } from './memory-ledger.js';
import { MemoryReads } from './memory-reads.js';
import { MemoryReferences } from './memory-references.js';
import { MemoryRows } from './memory-rows.js';
import { MemoryTraffic } from './memory-traffic.js';
import { MemoryUses } from './memory-uses.js';
import { MemoryWriteRecords } from './memory-write-records.js';
import { MemoryDesiredWrites, MemoryObservedWrites } from './memory-writes.js';

/**
 * The simulator's database: the answers of the SQL store, without SQL. Each method has done its work when it returns;
 * its promise is settled already, so that the simulator decides when a call takes effect. It outlives the processes
 * that use it. Rows are handed out as they are kept and must not be changed.
 *
 * The methods of {@link Store} are own properties, so that `{ ...store }` and `Object.entries(store)` have them all.
 */
export class MemoryStore implements Store {
  readonly #rows = new MemoryRows();
  readonly #references = new MemoryReferences();
  readonly #history = new MemoryHistory();
  readonly #ledger = new MemoryLedger();
  readonly #traffic = new MemoryTraffic();
  readonly #records = new MemoryWriteRecords();
  readonly #uses = new MemoryUses();
  readonly #reads = new MemoryReads(this.#rows, this.#references, this.#records);
  readonly #tables = {
    rows: this.#rows,
    references: this.#references,
    history: this.#history,
    ledger: this.#ledger,
    traffic: this.#traffic,
    records: this.#records,
    uses: this.#uses,
  };
  readonly #desired = new MemoryDesiredWrites(this.#tables);
  readonly #observed = new MemoryObservedWrites(this.#tables);
  #incarnation = 0;

  readonly get: Store['get'] = (uuid) => answer(() => this.#rows.get(uuid));
  readonly findAll: Store['findAll'] = (scope, wanted) =>
    answer(() => wanted.map((one) => this.#reads.wanted(scope, one)));
  readonly find: Store['find'] = (scope, type, id) =>
    answer(() => this.#reads.find(scope, type, id));
  readonly list: Store['list'] = (scope, type, query) =>
    answer(() => this.#reads.list(scope, type, query));
  readonly count: Store['count'] = (scope, type, criteria) =>
    answer(() => this.#reads.count(scope, type, criteria));
  readonly relatives: Store['relatives'] = (scope, query) =>
    answer(() => this.#reads.relatives(scope, query));
  readonly all: Store['all'] = (type, limit) => answer(() => this.#reads.all(type, limit));
  readonly everyReferrer: Store['everyReferrer'] = (uuid, field) =>
    answer(() => this.#reads.everyReferrer(uuid, field));
  readonly referrers: Store['referrers'] = (uuid, type, field) =>
    answer(() => this.#reads.referrers(uuid, type, field));
  readonly findByNaturalKey: Store['findByNaturalKey'] = (type, key) =>
    answer(() => this.#rows.byNaturalKey(type.id, key));
  readonly countReferrers: Store['countReferrers'] = (uuid) =>
    answer(() => this.#reads.countReferrers(uuid));
  readonly countOwned: Store['countOwned'] = (account) =>
    answer(() => this.#reads.countOwned(account));
  readonly unsettledNeighbours: Store['unsettledNeighbours'] = (uuid) =>
    answer(() => this.#reads.unsettledNeighbours(uuid));
  readonly due: Store['due'] = (now, limit) => answer(() => this.#reads.due(now, limit));
  readonly idsOf: Store['idsOf'] = (uuids) => answer(() => this.#reads.idsOf(uuids));
  readonly history: Store['history'] = (uuid, limit) =>
    answer(() => this.#history.newest(uuid, limit));

  readonly insert: Store['insert'] = (draft) => answer(() => this.#desired.insert(draft));
  readonly change: Store['change'] = (uuid, generation, change) =>
    answer(() => this.#desired.change(uuid, generation, change));
  readonly reseal: Store['reseal'] = (uuid, generation, spec) =>
    answer(() => this.#desired.reseal(uuid, generation, spec));
  readonly claim: Store['claim'] = (uuid, fence) => answer(() => this.#observed.claim(uuid, fence));
  readonly record: Store['record'] = (uuid, fence, statusVersion, record) =>
    answer(() => this.#observed.record(uuid, fence, statusVersion, record));
  readonly wake: Store['wake'] = (uuid, now) => answer(() => this.#observed.wake(uuid, now));
  readonly purge: Store['purge'] = (before) => answer(() => this.#observed.purge(before));

  readonly allocate: Store['allocate'] = (pool, owner, items) =>
    answer(() => (this.#isGone(owner) ? undefined : this.#ledger.allocate(pool, owner, items)));
  readonly allocateAll: Store['allocateAll'] = (owner, wants) =>
    answer(() =>
      wants.map(({ pool, items }) =>
        this.#isGone(owner) ? undefined : this.#ledger.allocate(pool, owner, items),
      ),
    );
  readonly release: Store['release'] = (pool, owner) =>
    answer(() => this.#ledger.release(pool, owner));
  readonly allocated: Store['allocated'] = (pool) => answer(() => this.#ledger.allocated(pool));
  readonly setCapacity: Store['setCapacity'] = (holder, className, total) =>
    answer(() => this.#ledger.setCapacity(holder, className, total));
  readonly capacities: Store['capacities'] = (className) =>
    answer(() => this.#ledger.capacities(className));
  readonly claimCapacity: Store['claimCapacity'] = (owner, holder, className, amount) =>
    answer(
      () => !this.#isGone(owner) && this.#ledger.claimCapacity(owner, holder, className, amount),
    );
  readonly claimOf: Store['claimOf'] = (owner, className) =>
    answer(() => this.#ledger.claimOf(owner, className));
  readonly moveClaim: Store['moveClaim'] = (owner, className, from, to) =>
    answer(() => this.#ledger.moveClaim(owner, className, from, to));
  readonly releaseCapacity: Store['releaseCapacity'] = (owner, className) =>
    answer(() => this.#ledger.releaseCapacity(owner, className));

  readonly newestChanges: Store['newestChanges'] = (limit) =>
    answer(() => this.#history.newestChanges(limit));
  readonly changes: Store['changes'] = (query) => answer(() => this.#history.changes(query));

  readonly traffic: Store['traffic'] = (owners) => answer(() => this.#traffic.traffic(owners));
  readonly trafficOf: Store['trafficOf'] = (network) =>
    answer(() => this.#traffic.trafficOf(network));
  readonly countTraffic: Store['countTraffic'] = (reading) =>
    answer(() => this.#traffic.countTraffic(reading));

  readonly carriedOut: Store['carriedOut'] = (account, key) =>
    answer(() => this.#records.carriedOut(account, key));
  readonly note: Store['note'] = (onRecord) => answer(() => this.#records.note(onRecord));
  readonly forgetRequests: Store['forgetRequests'] = (before) =>
    answer(() => this.#records.forgetRequests(before));
  readonly unsealed: Store['unsealed'] = (limit) => answer(() => this.#records.unsealed(limit));
  readonly unsealedOf: Store['unsealedOf'] = (account, limit) =>
    answer(() => this.#records.unsealedOf(account, limit));
  readonly chainHead: Store['chainHead'] = (account) =>
    answer(() => this.#records.chainHead(account));
  readonly sealedFrom: Store['sealedFrom'] = (account, sequence, limit) =>
    answer(() => this.#records.sealedFrom(account, sequence, limit));
  readonly seal: Store['seal'] = (account, head, seals) =>
    answer(() => this.#records.seal(account, head, seals));
  readonly forgetAudited: Store['forgetAudited'] = (before) =>
    answer(() => this.#records.forgetAudited(before));
  readonly noteUse: Store['noteUse'] = (resource, at) =>
    answer(() => this.#uses.note(resource, at));
  readonly lastUse: Store['lastUse'] = (resource) => answer(() => this.#uses.last(resource));

  readonly nextIncarnation: Store['nextIncarnation'] = () => answer(() => (this.#incarnation += 1));
  readonly migrate: Store['migrate'] = () => Promise.resolve();
  readonly close: Store['close'] = () => Promise.resolve();

  #isGone(owner: ResourceUuid): boolean {
    return (this.#rows.get(owner)?.removed ?? null) !== null;
  }

  /** A store of its own with everything that is in this one. */
  copy(): MemoryStore {
    const copy = new MemoryStore();
    copy.#rows.takeOver(this.#rows);
    copy.#references.takeOver(this.#references);
    copy.#history.takeOver(this.#history);
    copy.#ledger.takeOver(this.#ledger);
    copy.#traffic.takeOver(this.#traffic);
    copy.#records.takeOver(this.#records);
    copy.#uses.takeOver(this.#uses);
    copy.#desired.takeOver(this.#desired);
    copy.#incarnation = this.#incarnation;
    return copy;
  }

  /** Changes rows behind everybody's back. */
  edit(change: (row: Resource) => Resource): void {
    this.#rows.edit(change);
  }

  /** All rows as they are now, tombstones included, in the order of insertion. */
  rows(): Iterable<Resource> {
    return this.#rows.all();
  }

  /**
   * The row as it was `back` writes before the present one (1 to 3, 1 when left out): what a stale read answers.
   * Undefined when there were not so many.
   */
  earlier(uuid: ResourceUuid, back = 1): Resource | undefined {
    return this.#rows.earlier(uuid, back);
  }

  /** The events of each write that moved a resource, oldest first, by resource. */
  get histories(): ReadonlyMap<ResourceUuid, readonly (readonly HistoryEvent[])[]> {
    return this.#history.writes;
  }

  /** Everything that is held out of pools. */
  allocations(): Iterable<HeldItem> {
    return this.#ledger.heldItems();
  }

  /** Everything that is charged, and to whom. */
  claims(): Iterable<HeldClaim> {
    return this.#ledger.heldClaims();
  }

  /** What elements of networks, and accounts, are said to have carried. */
  trafficRecords(): Iterable<TrafficRecord> {
    return this.#traffic.all;
  }

  /** The audit log, oldest first. */
  auditRecords(): readonly AuditRecord[] {
    return this.#records.records();
  }

  /** How much every holder has of every class, and how much of it is charged. */
  allCapacities(): Iterable<HeldCapacity> {
    return this.#ledger.heldCapacities();
  }
}

// What the work throws is what the promise is rejected with.
function answer<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(work()));
}
