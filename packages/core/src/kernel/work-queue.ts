import type { ResourceUuid } from '../model/identity.js';

/** Why a resource is in the queue, the most urgent first. */
export const BANDS = ['user', 'dependency', 'retry', 'resync'] as const;

/** How urgent work is. */
export type Band = (typeof BANDS)[number];

/** A resource to pass over. */
export interface Work {
  readonly uuid: ResourceUuid;
  readonly account: ResourceUuid;
  readonly band: Band;
  /** When it began to wait, by the monotonic clock; absent while nobody wants to know. */
  readonly since?: number | undefined;
}

/** What waits in a queue, by urgency, and since when the longest waiting does. */
export interface QueueCensus {
  readonly depth: Readonly<Record<Band, number>>;
  readonly oldest: number | undefined;
}

/**
 * What is to be passed over next. A resource is in it once, however often it is added; added while it is being worked on,
 * it comes again afterwards (reference/kernel.md 1.5). Urgent bands first; inside a band accounts take turns, so that
 * one with ten thousand changes does not make another wait.
 */
export class WorkQueue {
  readonly #lines: Readonly<Record<Band, FairLine>> = {
    user: new FairLine(),
    dependency: new FairLine(),
    retry: new FairLine(),
    resync: new FairLine(),
  };
  readonly #queued = new Map<ResourceUuid, Work>();
  readonly #working = new Map<ResourceUuid, Work | undefined>();

  /** How many wait. */
  get size(): number {
    return this.#queued.size;
  }

  /** Whether a resource is being worked on. */
  isWorking(uuid: ResourceUuid): boolean {
    return this.#working.has(uuid);
  }

  /** Counts what waits. Goes through all of it: for those who ask now and then. */
  census(): QueueCensus {
    const depth = { user: 0, dependency: 0, retry: 0, resync: 0 };
    let oldest: number | undefined;
    for (const { band, since } of this.#queued.values()) {
      depth[band] += 1;
      if (since !== undefined && since < (oldest ?? Number.POSITIVE_INFINITY)) oldest = since;
    }
    return { depth, oldest };
  }

  /** Adds work, or makes what is queued already more urgent. */
  add(work: Work): void {
    if (this.#working.has(work.uuid)) {
      this.#working.set(work.uuid, moreUrgent(work, this.#working.get(work.uuid)));
      return;
    }
    const queued = this.#queued.get(work.uuid);
    if (queued !== undefined && moreUrgent(work, queued) === queued) return;
    this.#queued.set(work.uuid, work);
    this.#lines[work.band].push(work);
  }

  /** Takes the next work, of bands up to `least` only; undefined when there is none. It is being worked on until `finish`. */
  take(least: Band = 'resync'): Work | undefined {
    for (const band of BANDS) {
      const work = this.#lines[band].shift(
        (candidate) => this.#queued.get(candidate.uuid) === candidate,
      );
      if (work !== undefined) {
        this.#queued.delete(work.uuid);
        this.#working.set(work.uuid, undefined);
        return work;
      }
      if (band === least) return undefined;
    }
    return undefined;
  }

  /** Says that work on a resource has ended. */
  finish(uuid: ResourceUuid): void {
    const again = this.#working.get(uuid);
    this.#working.delete(uuid);
    if (again !== undefined) this.add(again);
  }
}

function moreUrgent(work: Work, other: Work | undefined): Work {
  return other !== undefined && BANDS.indexOf(other.band) <= BANDS.indexOf(work.band)
    ? other
    : work;
}

/** First in, first out for each account; accounts take turns. */
class FairLine {
  readonly #byAccount = new Map<ResourceUuid, { readonly works: Work[]; head: number }>();

  push(work: Work): void {
    const line = this.#byAccount.get(work.account);
    if (line === undefined) this.#byAccount.set(work.account, { works: [work], head: 0 });
    else line.works.push(work);
  }

  /** The next work that `current` accepts; what it does not accept has been replaced and is dropped. */
  shift(current: (work: Work) => boolean): Work | undefined {
    for (const [account, line] of this.#byAccount) {
      this.#byAccount.delete(account);
      while (line.head < line.works.length) {
        const work = line.works[line.head];
        line.head += 1;
        if (work !== undefined && current(work)) {
          if (line.head < line.works.length) this.#byAccount.set(account, compact(line));
          return work;
        }
      }
    }
    return undefined;
  }
}

// Shifting an array is linear in its length: a moving head makes it constant, and the front is dropped now and then.
function compact(line: { works: Work[]; head: number }): { works: Work[]; head: number } {
  if (line.head < 1024) return line;
  return { works: line.works.slice(line.head), head: 0 };
}
