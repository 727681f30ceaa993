import { type Resource, textOf } from './documents.js';

/** One event of a resource’s history. */
export interface Happening {
  /** Milliseconds. */
  readonly at: number;
  readonly what: string;
  readonly why: string;
  readonly result: string;
}

/** Reads a history as the API gives it, the newest first, into what happened, the oldest first. */
export function happeningsOf(events: readonly Resource[]): readonly Happening[] {
  return events
    .map((event) => ({
      at: Number(event['timeTS'] ?? Date.parse(textOf(event['time']))),
      what: textOf(event['what']),
      why: textOf(event['why']),
      result: textOf(event['result']),
    }))
    .filter(({ at }) => Number.isFinite(at))
    .reverse();
}
