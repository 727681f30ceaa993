import type { Clock } from '../../ports/clock.js';
import { type Meter, SECONDS } from '../../ports/meter.js';
import type { Store } from '../../ports/store.js';

/** A store whose calls are timed, whose failures are counted, and that counts the writes it refused to old fences. */
export function watchedStore(store: Store, meter: Meter, clock: Pick<Clock, 'monotonic'>): Store {
  const seconds = meter.histogram({
    name: 'gdcloud_store_seconds',
    help: 'How long the store takes to answer.',
    labels: ['operation'],
    buckets: SECONDS,
  });
  const failures = meter.counter({
    name: 'gdcloud_store_failures_total',
    help: 'Calls of the store that failed.',
    labels: ['operation'],
  });
  const rejections = meter.counter({
    name: 'gdcloud_fence_rejections_total',
    help: 'Claims and records that were refused because a newer holder had the row.',
    labels: ['where'],
  });
  const rows = meter.counter({
    name: 'gdcloud_scan_rows_total',
    help: 'Rows that scans found waiting for a pass.',
    labels: ['reason'],
  });
  const timed = async <Result>(operation: string, call: Promise<Result>): Promise<Result> => {
    const began = clock.monotonic();
    try {
      return await call;
    } catch (thrown) {
      failures.add({ operation });
      throw thrown;
    } finally {
      seconds.record({ operation }, (clock.monotonic() - began) / 1_000);
    }
  };
  return {
    get: (uuid) => timed('get', store.get(uuid)),
    find: (scope, type, id) => timed('find', store.find(scope, type, id)),
    findAll: (scope, wanted) => timed('findAll', store.findAll(scope, wanted)),
    list: (scope, type, query) => timed('list', store.list(scope, type, query)),
    all: (type, limit) => timed('all', store.all(type, limit)),
    count: (scope, type, criteria) => timed('count', store.count(scope, type, criteria)),
    relatives: (scope, query) => timed('relatives', store.relatives(scope, query)),
    everyReferrer: (uuid, field) => timed('everyReferrer', store.everyReferrer(uuid, field)),
    referrers: (uuid, type, field) => timed('referrers', store.referrers(uuid, type, field)),
    findByNaturalKey: (type, key) => timed('findByNaturalKey', store.findByNaturalKey(type, key)),
    countOwned: (account) => timed('countOwned', store.countOwned(account)),
    countReferrers: (uuid) => timed('countReferrers', store.countReferrers(uuid)),
    unsettledNeighbours: (uuid) => timed('unsettledNeighbours', store.unsettledNeighbours(uuid)),
    async due(now, limit) {
      const due = await timed('due', store.due(now, limit));
      for (const { reason } of due) rows.add({ reason });
      return due;
    },
    idsOf: (uuids) => timed('idsOf', store.idsOf(uuids)),
    history: (uuid, limit) => timed('history', store.history(uuid, limit)),
    insert: (draft) => timed('insert', store.insert(draft)),
    change: (uuid, generation, change) => timed('change', store.change(uuid, generation, change)),
    reseal: (uuid, generation, spec) => timed('reseal', store.reseal(uuid, generation, spec)),
    async claim(uuid, fence) {
      const row = await timed('claim', store.claim(uuid, fence));
      // A row that is gone is refused too, and is no news of another holder.
      if (row === undefined && (await store.get(uuid))?.removed === null)
        rejections.add({ where: 'claim' });
      return row;
    },
    async record(uuid, fence, version, record) {
      const row = await timed('record', store.record(uuid, fence, version, record));
      if (row === undefined) rejections.add({ where: 'record' });
      return row;
    },
    wake: (uuid, now) => timed('wake', store.wake(uuid, now)),
    purge: (before) => timed('purge', store.purge(before)),
    allocate: (pool, owner, items) => timed('allocate', store.allocate(pool, owner, items)),
    allocateAll: (owner, wants) => timed('allocateAll', store.allocateAll(owner, wants)),
    release: (pool, owner) => timed('release', store.release(pool, owner)),
    allocated: (pool) => timed('allocated', store.allocated(pool)),
    setCapacity: (holder, className, total) =>
      timed('setCapacity', store.setCapacity(holder, className, total)),
    capacities: (className) => timed('capacities', store.capacities(className)),
    claimCapacity: (owner, holder, className, amount) =>
      timed('claimCapacity', store.claimCapacity(owner, holder, className, amount)),
    claimOf: (owner, className) => timed('claimOf', store.claimOf(owner, className)),
    moveClaim: (owner, className, from, to) =>
      timed('moveClaim', store.moveClaim(owner, className, from, to)),
    releaseCapacity: (owner, className) =>
      timed('releaseCapacity', store.releaseCapacity(owner, className)),
    newestChanges: (limit) => timed('newestChanges', store.newestChanges(limit)),
    changes: (query) => timed('changes', store.changes(query)),
    traffic: (owners) => timed('traffic', store.traffic(owners)),
    trafficOf: (network) => timed('trafficOf', store.trafficOf(network)),
    countTraffic: (reading) => timed('countTraffic', store.countTraffic(reading)),
    carriedOut: (account, key) => timed('carriedOut', store.carriedOut(account, key)),
    note: (onRecord) => timed('note', store.note(onRecord)),
    forgetRequests: (before) => timed('forgetRequests', store.forgetRequests(before)),
    unsealed: (limit) => timed('unsealed', store.unsealed(limit)),
    unsealedOf: (account, limit) => timed('unsealedOf', store.unsealedOf(account, limit)),
    chainHead: (account) => timed('chainHead', store.chainHead(account)),
    sealedFrom: (account, sequence, limit) =>
      timed('sealedFrom', store.sealedFrom(account, sequence, limit)),
    seal: (account, head, seals) => timed('seal', store.seal(account, head, seals)),
    forgetAudited: (before) => timed('forgetAudited', store.forgetAudited(before)),
    noteUse: (resource, at) => timed('noteUse', store.noteUse(resource, at)),
    lastUse: (resource) => timed('lastUse', store.lastUse(resource)),
    migrate: () => store.migrate(),
    nextIncarnation: () => store.nextIncarnation(),
    close: () => store.close(),
  };
}
