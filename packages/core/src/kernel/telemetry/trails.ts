import type { ResourceUuid } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';

/** How long passes over a resource count as done for those who asked; milliseconds. Later ones begin traces of their own. */
const TRAIL_LIMIT = 10 * 60_000;
/** How many requests one pass is said to be done for. */
const MOST_TRACES = 8;

/** What brought work on a resource about. */
export interface Trail {
  /** Traceparents; the first is the one to be part of. */
  readonly traces: readonly string[];
  /** Until when it is followed, by the monotonic clock. */
  readonly until: number;
}

/**
 * The trails of resources that wait for a pass. In memory only and only as long as they wait: a hint that is lost takes
 * its trail along, and the pass that a scan brings about begins a new trace.
 */
export class Trails {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #waiting = new Map<ResourceUuid, Trail>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Says what a hint came from, if that is known. */
  heard(uuid: ResourceUuid, trace: string | undefined): void {
    if (trace === undefined) return;
    this.resume(uuid, { traces: [trace], until: this.#clock.monotonic() + TRAIL_LIMIT });
  }

  /** Goes on with a trail, together with what came meanwhile. */
  resume(uuid: ResourceUuid, trail: Trail | undefined): void {
    if (trail === undefined || trail.until < this.#clock.monotonic()) return;
    const before = this.#waiting.get(uuid);
    this.#waiting.set(uuid, before === undefined ? trail : joined(before, trail));
  }

  /** What work that begins now was brought about by. */
  take(uuid: ResourceUuid): Trail | undefined {
    const trail = this.#waiting.get(uuid);
    if (trail !== undefined) this.#waiting.delete(uuid);
    return trail;
  }
}

function joined(first: Trail, second: Trail): Trail {
  const more = second.traces.filter((trace) => !first.traces.includes(trace));
  return {
    traces: [...first.traces, ...more].slice(0, MOST_TRACES),
    until: Math.max(first.until, second.until),
  };
}
