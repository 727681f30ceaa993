import type { ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { UseRecords } from '../ports/use-records.js';
import { RecentMap } from './recent-map.js';

/** How often the use of one key is noted at most; milliseconds. */
const NOTED_EVERY_MS = 60_000;
const MOST_NOTED = 10_000;

/** What uses are noted with. */
export interface UseNotesOptions {
  readonly store: Pick<UseRecords, 'noteUse'>;
  readonly events: Pick<EventBus, 'publish'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * Notes that keys and logins are used: each once a minute, whatever the number of requests, and nobody waits for it. A
 * pass of the key's own then reports it. What can't be noted is left out: a later request notes a later use.
 */
export class UseNotes {
  readonly #options: UseNotesOptions;
  readonly #noted = new RecentMap<ResourceUuid, number>(MOST_NOTED);

  constructor(options: UseNotesOptions) {
    this.#options = options;
  }

  note(used: Resource): void {
    const now = this.#options.clock.monotonic();
    const last = this.#noted.get(used.uuid);
    if (last !== undefined && now - last < NOTED_EVERY_MS) return;
    this.#noted.set(used.uuid, now);
    void this.#write(used);
  }

  async #write({ uuid, account }: Resource): Promise<void> {
    const { store, events, clock } = this.#options;
    try {
      await store.noteUse(uuid, clock.now());
      // The least urgent of all reasons: work that somebody waits for goes first.
      events.publish({ uuid, account, reason: 'backend' });
    } catch {
      // While the store is away nothing opens either: whoever finds it back notes that.
      this.#noted.delete(uuid);
    }
  }
}
