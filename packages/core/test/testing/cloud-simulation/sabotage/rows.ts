import type { Mutation } from './mutation.js';
import { overDatabase } from './over-ports.js';

/** A row takes what any holder writes, however old its token and its knowledge of the row. */
export const noFenceCheck: Mutation = {
  name: 'no fence check',
  reason: 'a paused process that comes back overwrites what its successor has found',
  seed: 247,
  tamper: () =>
    overDatabase((store) => ({
      claim: async (uuid, fence) => {
        const taken = await store.claim(uuid, fence);
        const row = store.earlier(uuid, 0);
        return taken ?? (row === undefined || row.removed !== null ? undefined : row);
      },
      record: async (uuid, _fence, _version, record) => {
        const row = store.earlier(uuid, 0);
        return row === undefined || row.fence === null
          ? undefined
          : store.record(uuid, row.fence, row.statusVersion, record);
      },
    })),
};

/** A change is written over whatever is there. */
export const noCompareAndSet: Mutation = {
  name: 'no compare-and-set',
  reason: 'of two changes made at the same moment the first is acknowledged and lost',
  seed: 104,
  tamper: () =>
    overDatabase((store) => ({
      change: async (uuid, _generation, change) =>
        store.change(uuid, store.earlier(uuid, 0)?.generation ?? 0, change),
    })),
};

/** What is about to be made is not written down first. */
export const noIntentRecord: Mutation = {
  name: 'no intent record',
  reason: 'what is made just before a crash is known to nobody',
  seed: 1,
  tamper: () =>
    overDatabase((store) => ({
      record: async (uuid, fence, version, record) => {
        const before = store.earlier(uuid, 0)?.parts ?? {};
        const parts = Object.entries(record.parts).flatMap(([part, now]) => {
          const kept = now.state === 'intent' ? before[part] : now;
          return kept === undefined ? [] : [[part, kept] as const];
        });
        return store.record(uuid, fence, version, {
          ...record,
          parts: Object.fromEntries(parts),
        });
      },
    })),
};

/** A change is acknowledged and not written. */
export const droppedChanges: Mutation = {
  name: 'acknowledged changes are dropped',
  reason: 'whoever was told yes stops asking',
  seed: 0,
  tamper: () =>
    overDatabase((store) => ({
      change: async (uuid, generation, { deleteRequestedAt, event: _event, ...change }) => {
        const row = store.earlier(uuid, 0);
        if (row === undefined || row.generation !== generation) return undefined;
        return {
          ...row,
          name: change.name === undefined ? row.name : change.name,
          spec: change.spec ?? row.spec,
          generation: generation + 1,
          deleteRequestedAt: deleteRequestedAt ?? row.deleteRequestedAt,
        };
      },
    })),
};

/** What is not as asked is tried again at once. */
export const noPause: Mutation = {
  name: 'no pause between attempts',
  reason: 'one broken resource eats what all others live on',
  seed: 5,
  tamper: () =>
    overDatabase((store) => ({
      record: async (uuid, fence, version, record) =>
        store.record(uuid, fence, version, {
          ...record,
          nextAttemptAt: record.outcome === 'done' ? record.nextAttemptAt : 0,
        }),
    })),
};

/** What is at rest is never looked at again. */
export const noRoutineLook: Mutation = {
  name: 'no routine looks',
  reason: 'what a stranger breaks stays broken',
  seed: 7425,
  tamper: () =>
    overDatabase((store) => ({
      record: async (uuid, fence, version, record) =>
        store.record(uuid, fence, version, {
          ...record,
          nextAttemptAt: record.outcome === 'done' ? null : record.nextAttemptAt,
        }),
    })),
};

/** Nobody looks for what was changed while no hint arrived. */
export const noScan: Mutation = {
  name: 'no scan for changes',
  reason: 'a hint that gets lost is work that is never done',
  seed: 0,
  tamper: () => overDatabase(() => ({ due: async () => [] })),
};

/** What is being worked on is said to be as asked. */
export const readyTooEarly: Mutation = {
  name: 'ready before it was seen',
  reason: 'users build on what is ready the moment they read it',
  seed: 2,
  tamper: () =>
    overDatabase((store) => ({
      record: async (uuid, fence, version, record) =>
        store.record(
          uuid,
          fence,
          version,
          record.outcome === 'wait' && record.removed === null
            ? {
                ...record,
                observedGeneration: record.attemptedGeneration,
                conditions: record.conditions.map((condition) =>
                  condition.type === 'Ready' ? { ...condition, status: 'True' } : condition,
                ),
              }
            : record,
        ),
    })),
};

/** Whoever asks sees everything. */
export const noScope: Mutation = {
  name: 'reads have no scope',
  reason: 'isolation is what a cloud sells',
  seed: 3,
  tamper: () =>
    overDatabase((store) => ({
      find: async (_scope, type, id) => store.find({ kind: 'all' }, type, id),
      findAll: async (_scope, wanted) => store.findAll({ kind: 'all' }, wanted),
    })),
};

/** A server takes a volume that was promised to it, whoever still has it. */
export const noReservation: Mutation = {
  name: 'a volume need not be free',
  reason: 'two guests that write to one disk destroy what is on it',
  seed: 13,
  tamper: () =>
    overDatabase((store) => ({
      referrers: async (uuid, type, field) => {
        const rows = await store.referrers(uuid, type, field);
        return rows.map((row) =>
          row.type === 'volume'
            ? { ...row, status: { ...row.status, attachedToId: row.spec['virtualmachineId'] } }
            : row,
        );
      },
    })),
};
