import type { ResourceUuid } from '../../../model/identity.js';
import type { Invariant, View } from '../facts.js';

/** I8: two holders never work on one resource. */
export const oneHolder: Invariant = {
  id: 'I8',
  name: 'who mutates holds the lock, unless it outlived its session without knowing',
  reason: 'Two writers undo each other’s work for ever.',
  watch: ({ database, locks, outlived }) => ({
    sent(process, kind, key) {
      if (outlived.has(process)) return undefined;
      const holder = locks.holder(key.uuid);
      if (holder === process) return undefined;
      if (orphansOf(database, key.uuid).some((uuid) => locks.holder(uuid) === process))
        return undefined;
      return `${process.name} mutates ${kind} of ${key.uuid}, whose lock ${holder?.name ?? 'nobody'} holds`;
    },
  }),
};

// An object that nobody owns is dealt with under the lock of the orphan that stands for it.
function orphansOf({ store }: View['database'], object: ResourceUuid): readonly ResourceUuid[] {
  return [...store.rows()]
    .filter(({ type, spec }) => type === 'orphan' && spec['objectUuid'] === object)
    .map(({ uuid }) => uuid);
}
