import type { ResourceUuid } from '../../model/identity.js';
import type { HistoryEvent } from '../../ports/store.js';

/** How many writes of a resource are kept at least; each holds one event or more. */
const KEPT = 200;

/** Each resource's own history, a list a write. */
export class MemoryHistory {
  readonly #writes = new Map<ResourceUuid, (readonly HistoryEvent[])[]>();

  /** Takes over what another table remembers. */
  takeOver(other: MemoryHistory): void {
    for (const [uuid, writes] of other.#writes) this.#writes.set(uuid, [...writes]);
  }

  /** The events of each write, oldest first, by resource. */
  get writes(): ReadonlyMap<ResourceUuid, readonly (readonly HistoryEvent[])[]> {
    return this.#writes;
  }

  /** Adds the events of one write. */
  add(uuid: ResourceUuid, events: readonly HistoryEvent[]): void {
    if (events.length === 0) return;
    const known = this.#writes.get(uuid);
    if (known === undefined) this.#writes.set(uuid, [events]);
    else known.push(events);
  }

  /** Forgets what is older than the last {@link KEPT} writes. */
  trim(uuid: ResourceUuid): void {
    const known = this.#writes.get(uuid);
    if (known !== undefined && known.length > KEPT) known.splice(0, known.length - KEPT);
  }

  /** Forgets all of a resource. */
  forget(uuid: ResourceUuid): void {
    this.#writes.delete(uuid);
  }

  /** The newest events of a resource, newest first. */
  newest(uuid: ResourceUuid, limit: number): readonly HistoryEvent[] {
    const newest: HistoryEvent[] = [];
    const writes = this.#writes.get(uuid) ?? [];
    for (let n = writes.length - 1; n >= 0 && newest.length < limit; n -= 1) {
      newest.push(...(writes[n] ?? []).toReversed());
    }
    return newest.slice(0, limit);
  }
}
