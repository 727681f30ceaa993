import {
  asFence,
  type Fence,
  type PartRecord,
  type Resource,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Mutation } from './mutation.js';
import { overPorts } from './over-ports.js';

/** The last look after the release of a lock sees no change. */
export const noLookAfterRelease: Mutation = {
  name: 'no look after the release',
  reason: 'a change whose lock was busy when it was heard of waits for the next scan',
  seed: 419,
  tamper: () => ({
    plugin: overPorts(({ store, locks }) => {
      const released = new Set<string>();
      return {
        locks: {
          tryAcquire: async (key) => {
            released.delete(key);
            const lease = await locks.tryAcquire(key);
            if (lease === undefined) return undefined;
            return {
              ...lease,
              release: async () => {
                await lease.release();
                released.add(key);
              },
            };
          },
        },
        store: {
          get: async (uuid) => {
            const isLastLook = released.delete(uuid);
            const row = await store.get(uuid);
            return isLastLook && row !== undefined
              ? { ...row, attemptedGeneration: row.generation }
              : row;
          },
        },
      };
    }),
  }),
};

/** A lock that is held is given once more, as a newer one. */
export const lockGivenTwice: Mutation = {
  name: 'a lock is given twice',
  reason: 'two writers undo each other’s work for ever',
  seed: 1,
  tamper: () => {
    const newest = new Map<string, Fence>();
    return {
      plugin: overPorts(({ locks }) => ({
        locks: {
          tryAcquire: async (key) => {
            const lease = await locks.tryAcquire(key);
            const known = newest.get(key);
            if (lease !== undefined || known === undefined) {
              if (lease !== undefined) newest.set(key, lease.fence);
              return lease;
            }
            // Newer than the one before, older than the next one of the service itself.
            const fence = asFence(`${known}~`);
            newest.set(key, fence);
            return {
              fence,
              remainingMs: () => 0,
              signal: new AbortController().signal,
              release: () => Promise.resolve(),
            };
          },
        },
      })),
    };
  },
};

/** A pass carries on with what was wanted when it began. */
export const mindsDoNotChange: Mutation = {
  name: 'the generation is not read again',
  reason: 'what nobody wants any more is made, to be unmade at once',
  seed: 9,
  tamper: () => ({
    plugin: overPorts(({ store, locks }) => {
      const planned = new Map<ResourceUuid, Resource>();
      return {
        locks: {
          tryAcquire: async (key) => {
            const lease = await locks.tryAcquire(key);
            if (lease === undefined) return undefined;
            return {
              ...lease,
              release: () => {
                for (const uuid of planned.keys()) if (uuid === key) planned.delete(uuid);
                return lease.release();
              },
            };
          },
        },
        store: {
          claim: async (uuid, fence) => {
            const row = await store.claim(uuid, fence);
            if (row !== undefined) planned.set(uuid, row);
            return row;
          },
          record: async (uuid, fence, version, record) => {
            const before = planned.get(uuid);
            const after = await store.record(uuid, fence, version, record);
            if (after === undefined || before === undefined) return after;
            const known = intends(before.parts, record.parts)
              ? { ...after, generation: before.generation }
              : after;
            planned.set(uuid, known);
            return known;
          },
          get: async (uuid) => {
            const row = await store.get(uuid);
            const known = planned.get(uuid);
            return row === undefined || known === undefined
              ? row
              : { ...row, generation: known.generation };
          },
        },
      };
    }),
  }),
};

type Parts = Readonly<Record<string, PartRecord>>;

// Whether `after` says that something is about to be made which `before` did not say.
function intends(before: Parts, after: Parts): boolean {
  return Object.entries(after).some(([part, { state, epoch }]) => {
    const known = before[part];
    return state === 'intent' && (known?.state !== 'intent' || known.epoch !== epoch);
  });
}
