import type { Mutation } from './mutation.js';
import { overDatabase } from './over-ports.js';

/** Any number of owners may hold the same item of a pool. */
export const noUniqueKey: Mutation = {
  name: 'no unique key',
  reason: 'two servers with one address are two broken servers',
  seed: 10,
  tamper: () =>
    overDatabase(() => ({
      allocate: async (_pool, _owner, items) => {
        for (const item of items) return item;
        return undefined;
      },
      allocateAll: async (_owner, wants) =>
        wants.map(({ items }) => {
          for (const item of items) return item;
          return undefined;
        }),
    })),
};

/** Room is given whether it is there or not. */
export const noCondition: Mutation = {
  name: 'capacity is not conditional',
  reason: 'a host that is given away twice swaps until everybody on it complains',
  seed: 59,
  tamper: () =>
    overDatabase((store) => ({
      claimCapacity: async (owner, holder, className, amount) => {
        if (await store.claimCapacity(owner, holder, className, amount)) return true;
        const { total } = (await store.capacities(className)).get(holder) ?? { total: 0 };
        await store.setCapacity(holder, className, Number.MAX_SAFE_INTEGER);
        const taken = await store.claimCapacity(owner, holder, className, amount);
        await store.setCapacity(holder, className, total);
        return taken;
      },
    })),
};

/** Room is given and not charged. */
export const noCharge: Mutation = {
  name: 'capacity is not charged',
  reason: 'what nobody counts is given away again',
  seed: 2,
  tamper: () => overDatabase(() => ({ claimCapacity: async () => true })),
};

/** What a resource held stays with it when it is gone. */
export const nothingReleased: Mutation = {
  name: 'a tombstone releases nothing',
  reason: 'addresses and room run out with nobody using them',
  seed: 0,
  tamper: () =>
    overDatabase((store) => ({
      record: async (uuid, fence, version, record) => {
        const after = await store.record(uuid, fence, version, { ...record, removed: null });
        if (after === undefined || record.removed === null) return after;
        const { removed } = record;
        store.edit((row) => (row.uuid === uuid ? { ...row, removed } : row));
        return store.get(uuid);
      },
    })),
};
