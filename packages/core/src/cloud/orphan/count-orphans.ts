import { deriveState } from '../../model/state.js';
import type { Meter } from '../../ports/meter.js';
import type { ListPosition, ResourceReads } from '../../ports/store.js';
import { orphan } from './orphan.js';

/** Orphans read at a time, and how many pages at most: more than that is as alarming as that. */
const PAGE = 500;
const MOST_PAGES = 10;

/** Has a gauge tell how many objects outside belong to nobody, by state; all zero is what it should say. */
export function countOrphans(meter: Meter, store: Pick<ResourceReads, 'list'>): void {
  meter.gauge(
    {
      name: 'gdcloud_orphans',
      help: 'Objects of ours outside that no resource owns, by state.',
      labels: ['state'],
    },
    async () => {
      const counts = new Map([...orphan.lifecycle.states, 'removing', 'error'].map(none));
      let after: ListPosition | undefined;
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const page = await store.list({ kind: 'all' }, orphan, { filters: [], limit: PAGE, after });
        for (const known of page.resources) {
          const { state } = deriveState(orphan, known);
          counts.set(state, (counts.get(state) ?? 0) + 1);
        }
        after = page.next;
        if (after === undefined) break;
      }
      return [...counts].map(([state, value]) => ({ labels: { state }, value }));
    },
  );
}

function none(state: string): [string, number] {
  return [state, 0];
}
