import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { Cluster } from './cluster.js';
import { drawFault, type FaultKind } from './faults.js';

/** Faults that go on at once, at most. */
const AT_ONCE = 3;
/** How often a round has what hits single processes, of which there are many, while servers are hit once each. */
const OFTEN: Partial<Readonly<Record<FaultKind, number>>> = { kill: 5, zombie: 4, 'link-cut': 4 };
/** Rest after each round of all kinds, when everything is healed; milliseconds. */
const REST = 2_000;

/** How often each kind of fault was done and healed. */
export type FaultCounts = Map<FaultKind, number>;

/** What was done, for people. */
export interface FaultNote {
  /** Since the beginning. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly kind: FaultKind;
  readonly target: string;
}

/**
 * Breaks the cluster until `signal` says stop: round after round of all `kinds` in a random order, several at a time.
 * Resolves when all is healed.
 */
export async function disturb(
  cluster: Cluster,
  kinds: readonly FaultKind[],
  chance: Chance,
  signal: AbortSignal,
  noted: (note: FaultNote) => void,
): Promise<FaultCounts> {
  const begin = performance.now();
  const counts: FaultCounts = new Map(kinds.map((kind) => [kind, 0]));
  const active = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const round = kinds.flatMap((kind) => Array<FaultKind>(OFTEN[kind] ?? 1).fill(kind));
  while (!signal.aborted) {
    for (const kind of chance.shuffled(round)) {
      await pause(chance.between(200, 2_000));
      while (active.size >= AT_ONCE) await Promise.race(active.values());
      if (signal.aborted) break;
      const fault = drawFault(kind, cluster, chance);
      await active.get(fault.target);
      const { target } = fault;
      const atMs = Math.round(performance.now() - begin);
      const done = fault
        .run()
        .then(() => {
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          noted({ atMs, tookMs: Math.round(performance.now() - begin) - atMs, kind, target });
        })
        .catch((thrown: unknown) => void failures.push(thrown))
        .finally(() => active.delete(target));
      active.set(target, done);
    }
    await Promise.all(active.values());
    if (failures.length > 0) throw failures[0];
    if (!signal.aborted) await pause(REST);
  }
  return counts;
}
