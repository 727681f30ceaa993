import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { ChangeQuery, ChangeRecord } from '../../ports/change-records.js';
import type { HistoryEvent } from '../../ports/store.js';

/** How many writes of a resource are kept at least; each holds one event or more. */
const KEPT = 200;

/** Whose a record is that only keeps its number from being drawn again. */
const NOBODY = asUuid('');

/** Each resource's own history, a list a write; and all of them as one, numbered. */
export class MemoryHistory {
  readonly #writes = new Map<ResourceUuid, (readonly HistoryEvent[])[]>();
  /** In the order of their numbers. */
  readonly #records = new Map<number, ChangeRecord>();
  readonly #numbers = new Map<ResourceUuid, number[]>();
  #last = 0;

  /** Takes over what another table remembers. */
  takeOver(other: MemoryHistory): void {
    for (const [uuid, writes] of other.#writes) this.#writes.set(uuid, [...writes]);
    for (const [number, record] of other.#records) this.#records.set(number, record);
    for (const [uuid, numbers] of other.#numbers) this.#numbers.set(uuid, [...numbers]);
    this.#last = other.#last;
  }

  /** The events of each write, oldest first, by resource. */
  get writes(): ReadonlyMap<ResourceUuid, readonly (readonly HistoryEvent[])[]> {
    return this.#writes;
  }

  /** Adds the events of one write. */
  add(uuid: ResourceUuid, events: readonly HistoryEvent[]): void {
    const known = this.#writes.get(uuid);
    this.#last += 1;
    this.#records.set(this.#last, { number: this.#last, resource: uuid, events });
    if (known === undefined) this.#writes.set(uuid, [events]);
    else known.push(events);
    const numbers = this.#numbers.get(uuid);
    if (numbers === undefined) this.#numbers.set(uuid, [this.#last]);
    else numbers.push(this.#last);
  }

  /** As ChangeRecords has it. */
  newestChanges(limit: number): readonly number[] {
    return [...this.#records.keys()].slice(-limit);
  }

  /** As ChangeRecords has it. */
  changes({ after, missing, limit }: ChangeQuery): readonly ChangeRecord[] {
    return [...this.#records.values()]
      .filter(
        ({ number }) =>
          number > after || missing.some(({ first, last }) => first <= number && number <= last),
      )
      .slice(0, limit);
  }

  /** Forgets what is older than the last {@link KEPT} writes, and of those without events all but the last write. */
  trim(uuid: ResourceUuid): void {
    const writes = this.#writes.get(uuid) ?? [];
    const telling = writes
      .map((events, index) => ({ events, index }))
      .filter(({ events, index }) => events.length > 0 || index === writes.length - 1)
      .slice(-KEPT);
    const kept = new Set(telling.map(({ index }) => index));
    this.#writes.set(
      uuid,
      telling.map(({ events }) => events),
    );
    const numbers = this.#numbers.get(uuid) ?? [];
    for (const [index, number] of numbers.entries())
      if (!kept.has(index)) this.#records.delete(number);
    this.#numbers.set(
      uuid,
      numbers.filter((_, index) => kept.has(index)),
    );
  }

  /** Forgets all of these resources, but that the last number was drawn. */
  forget(uuids: readonly ResourceUuid[]): void {
    const last = this.#records.get(this.#last);
    for (const uuid of [...uuids, NOBODY]) {
      for (const number of this.#numbers.get(uuid) ?? []) this.#records.delete(number);
      this.#numbers.delete(uuid);
      this.#writes.delete(uuid);
    }
    if (last === undefined || this.#records.has(this.#last)) return;
    this.#records.set(this.#last, { number: this.#last, resource: NOBODY, events: [] });
    this.#numbers.set(NOBODY, [this.#last]);
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
