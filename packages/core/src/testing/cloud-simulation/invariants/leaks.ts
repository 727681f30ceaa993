import type { OperationKey } from '../../../model/identity.js';
import type { Invariant } from '../facts.js';

/** I3, seen from the sweep: it finds what it is there for, and nothing else. */
export const noLeaks: Invariant = {
  id: 'I3',
  name: 'only late calls and strangers leave behind what sweeps find',
  reason: 'A sweep that cleans up after the create protocol hides that the protocol leaks.',
  watch({ database, locks, meddled, outside }) {
    const made = new Set<OperationKey>();
    const excused = new Set<string>();
    return {
      happened({ what, object, by }) {
        if (what !== 'made') return undefined;
        const [operation] = object.done;
        const again = operation !== undefined && made.has(operation);
        if (operation !== undefined) made.add(operation);
        // The sender holds the lock no more, or the network has delivered one call twice.
        // No pass begins over what is gone, though its lock can be had: the call is of one that began before.
        const isGone = (database.row(object.uuid)?.removed ?? null) !== null;
        if (again || by === undefined || isGone || locks.holder(object.uuid) !== by)
          excused.add(object.external);
        return undefined;
      },
      wrote({ method, after }) {
        if (method !== 'insert' || after.type !== 'orphan') return undefined;
        const { external, objectUuid } = after.spec;
        // A sweep that was slow may write down what has gone meanwhile; its own pass finds that out.
        if (
          !outside.kinds.some(({ objects }) => [...objects.keys()].some((key) => key === external))
        )
          return undefined;
        const isExcused =
          excused.has(String(external)) || [...meddled].some((uuid) => uuid === objectUuid);
        return isExcused
          ? undefined
          : `${String(external)} of ${String(objectUuid)} was left behind`;
      },
    };
  },
};
