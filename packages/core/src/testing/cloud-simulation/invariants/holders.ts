import type { Invariant } from '../facts.js';

/** I8: two holders never work on one resource. */
export const oneHolder: Invariant = {
  id: 'I8',
  name: 'who mutates holds the lock, unless it outlived its session without knowing',
  reason: 'Two writers undo each other’s work for ever.',
  watch: ({ locks, outlived, database }) => ({
    sent(process, kind, key) {
      const owner = database.row(key.uuid);
      // An orphan has nobody; what is done to it is done under the lock of the row that stands for it.
      if (owner === undefined || owner.removed !== null) return undefined;
      const holder = locks.holder(key.uuid);
      if (holder === process || outlived.has(process)) return undefined;
      return `${process.name} mutates ${kind} of ${key.uuid}, whose lock ${holder?.name ?? 'nobody'} holds`;
    },
  }),
};
