import type { Happening } from '../../hypermedia/happenings.js';

/** Whose history it is. */
export interface Actor {
  /** Unique among the actors of a picture. */
  readonly key: string;
  readonly name: string;
  /** The oldest first. */
  readonly history: readonly Happening[];
}

/** A while in which something was done, or waited for. */
export interface Bar {
  readonly kind: 'work' | 'wait' | 'failure';
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/** A moment in which something was so. */
export interface Mark {
  readonly kind: 'asked' | 'ready' | 'noted';
  readonly what: string;
  readonly at: number;
}

/** What one actor did. */
export interface WaterfallRow {
  readonly key: string;
  readonly name: string;
  readonly bars: readonly Bar[];
  readonly marks: readonly Mark[];
}

/** A picture of who did what when; all in milliseconds since `from`. */
export interface Waterfall {
  readonly from: number;
  readonly length: number;
  readonly rows: readonly WaterfallRow[];
}

/**
 * Lays out what the first of the actors, and those it needed, did from when it was asked for until it was as asked; until
 * `now` where it is not yet. Actors that did nothing meanwhile are left out. Undefined where the history of the first begins later. Pure.
 */
export function waterfallOf(actors: readonly Actor[], now: number): Waterfall | undefined {
  const own = actors[0]?.history ?? [];
  const begin = own.findIndex(({ what }) => what === 'requested');
  const asked = own[begin];
  if (asked === undefined) return undefined;
  const ready = own.slice(begin).find(isReady);
  const end = ready?.at ?? now;
  // What it needs may have been asked for just before, for its sake.
  const from = Math.min(asked.at, ...actors.map((actor) => askedJustBefore(actor, asked.at)));
  const length = Math.max(1, end - from);
  const rows = actors
    .map((actor) => rowOf(actor, from, end))
    .filter(({ bars, marks }) => bars.length + marks.length > 0);
  return { from, length, rows };
}

const JUST_BEFORE_MS = 60_000;

function askedJustBefore({ history }: Actor, at: number): number {
  const first = history[0];
  const isJustBefore =
    first !== undefined &&
    first.what === 'requested' &&
    first.at >= at - JUST_BEFORE_MS &&
    // What was whole before the server was asked for is no part of its start.
    (history.find(isReady)?.at ?? at) >= at;
  return isJustBefore ? first.at : at;
}

function rowOf({ key, name, history }: Actor, from: number, end: number): WaterfallRow {
  const bars: Bar[] = [];
  const marks: Mark[] = [];
  const begun = new Map<string, number>();
  let waiting: { readonly what: string; readonly since: number } | undefined;
  let before: number | undefined;
  const stopWaiting = (at: number): void => {
    if (waiting !== undefined && at > waiting.since)
      bars.push({ kind: 'wait', what: waiting.what, from: waiting.since - from, to: at - from });
    waiting = undefined;
  };
  for (const { at, what, result } of history) {
    if (at > end) break;
    if (at < from) continue;
    const [part = '', verb] = what.split('.');
    const waits =
      what === 'pass' ? /^wait for (?:dependency|capacity): (.+)$/.exec(result)?.[1] : undefined;
    if (waits !== undefined) {
      if (waiting?.what !== waits) {
        stopWaiting(at);
        waiting = { what: waits, since: at };
      }
    } else if (what === 'requested') marks.push({ kind: 'asked', what, at: at - from });
    else if (isReady({ what, result })) {
      stopWaiting(at);
      marks.push({ kind: 'ready', what: 'ready', at: at - from });
    } else if (verb === 'intent') {
      stopWaiting(at);
      begun.set(part, at);
    } else if (verb === 'allocate' || !what.includes('.')) {
      if (what !== 'pass' && !what.startsWith('condition '))
        marks.push({ kind: 'noted', what: `${what}: ${result}`, at: at - from });
    } else if (result !== 'accepted') {
      stopWaiting(at);
      const since = begun.get(part) ?? before ?? at;
      begun.delete(part);
      const kind = result === 'done' ? 'work' : 'failure';
      const said = kind === 'work' ? what : `${what}: ${result}`;
      // What was done in the same moment is one bar: its first name says most.
      const same = bars.at(-1);
      if (same?.kind !== kind || same.to !== at - from || since < at)
        bars.push({ kind, what: said, from: since - from, to: at - from });
    }
    before = at;
  }
  stopWaiting(end);
  return { key, name, bars, marks };
}

function isReady({ what, result }: Pick<Happening, 'what' | 'result'>): boolean {
  return what === 'condition Ready' && result.startsWith('True');
}
