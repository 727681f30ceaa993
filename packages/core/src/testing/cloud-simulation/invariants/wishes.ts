import type { PartRecord } from '../../../model/resource.js';
import type { RowWrite } from '../database.js';
import type { Invariant } from '../facts.js';
import { nameOf } from './rows.js';

type Parts = Readonly<Record<string, PartRecord>>;

/** Nothing is done that is known to be unwanted by now (reference/kernel.md 1.11: 2→5→3 need not visit 5). */
export const freshWishes: Invariant = {
  id: 'I21',
  name: 'what is sent is what is wanted at that moment',
  reason:
    'A server that is made to be unmade is paid for, and a reboot that was taken back is a reboot.',
  watch(view) {
    const { database } = view;
    // The last generation of each resource that its holder was told of and works on.
    const planned = new Map<string, number>();
    return {
      wrote(write) {
        const { method, after, by } = write;
        if (method !== 'claim' && method !== 'record') return undefined;
        const { generation, attemptedGeneration } = after;
        // After an intent the pass goes on with what it began with.
        const works = method === 'record' && isIntent(write) ? attemptedGeneration : generation;
        planned.set(`${by.name} ${after.uuid}`, works);
        return undefined;
      },
      sent(process, kind, { uuid }) {
        // With faults about, the last look before a call may have been lost, or answered with what was.
        if (view.calm === 'no') return undefined;
        const row = database.row(uuid);
        const works = planned.get(`${process.name} ${uuid}`);
        return row === undefined || works === undefined || works === row.generation
          ? undefined
          : `${process.name} changes ${kind} of ${nameOf(row)} for generation ${works}, and it is ${row.generation} by now`;
      },
    };
  },
};

function isIntent({ before, after }: RowWrite): boolean {
  const known: Parts = before?.parts ?? {};
  return Object.entries<PartRecord>(after.parts).some(
    ([part, { state, epoch }]) =>
      state === 'intent' && (known[part]?.state !== 'intent' || known[part].epoch !== epoch),
  );
}
