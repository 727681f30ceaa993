import { setTimeout as pause } from 'node:timers/promises';
import { audit, type Violation } from './audit.js';
import { chance } from './chance.js';
import { type Cluster, startCluster } from './cluster.js';
import { disturb, type FaultNote } from './disturbance.js';
import { type FaultKind, heal, impossible } from './faults.js';
import { Ledger } from './ledger.js';
import { lookOutside } from './outside.js';
import { lookInside } from './rows.js';
import { hostsAddUp, readBack, settle } from './settling.js';
import { anyImage, makeAccounts, work } from './workload.js';

/** How a run is to be. */
export interface RunOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly kinds: readonly FaultKind[];
  readonly locks: 'resource' | 'partition';
  /** Whether each fault is told of, too. */
  readonly faultsTold: 'yes' | 'no';
  readonly tell: (line: string) => void;
  /** Called with the cluster as it is when something was violated, before it is closed. */
  readonly look: (cluster: Cluster, violations: readonly Violation[]) => Promise<void>;
}

/** What a run was and what it found. */
export interface RunResult {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: { readonly [kind: string]: number };
  /** Kinds that can't be done on this machine. */
  readonly skipped: readonly FaultKind[];
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly refused: number;
  readonly resources: number;
  /** What the database saw. */
  readonly writes: number;
  readonly takeovers: number;
  readonly settledAfterMs: number;
  /** Processes that ended though nobody killed them. */
  readonly endedByThemselves: { readonly [member: string]: number };
  readonly violations: readonly Violation[];
  readonly notes: readonly FaultNote[];
}

const ACCOUNTS = 3;
const WORKERS = 6;
const PROGRESS = 5_000;

/** Works, breaks, heals and audits. */
export async function faultsRun(options: RunOptions): Promise<RunResult> {
  const { seed, minutes, tell } = options;
  const cluster = await startCluster({
    kernels: 4,
    apis: 2,
    sessionSeconds: 4,
    locks: options.locks,
  });
  try {
    tell(`ready: ${cluster.members.map(({ name }) => name).join(', ')} in ${cluster.folder}`);
    const skipped = options.kinds.filter((kind) => impossible(cluster).includes(kind));
    const kinds = options.kinds.filter((kind) => !skipped.includes(kind));
    const accounts = await makeAccounts(cluster, ACCOUNTS);
    const image = await anyImage(cluster);
    const ledger = new Ledger();
    const over = new AbortController();
    const begin = performance.now();
    const progress = setInterval(() => void report(cluster, ledger, begin, tell), PROGRESS);
    const random = chance(seed);
    const working = work(
      {
        cluster,
        accounts,
        image,
        ledger,
        chance: chance(seed + 1),
        workers: WORKERS,
        pauseMs: 150,
      },
      over.signal,
    );
    const notes: FaultNote[] = [];
    const breaking = disturb(cluster, kinds, random, over.signal, (note) => {
      notes.push(note);
      if (options.faultsTold === 'yes') tell(lineOf(note));
    });
    const ending = pause(minutes * 60_000, undefined, { ref: false }).then(() => over.abort());
    try {
      await Promise.race([ending, working, breaking]);
    } finally {
      over.abort();
      clearInterval(progress);
    }
    const counts = await breaking;
    await working;
    const seconds = (performance.now() - begin) / 1_000;
    await heal(cluster);
    tell(`healed after ${seconds.toFixed(0)} s; waiting until all is at rest`);
    const { tookMs, violations: stuck } = await settle(cluster, tell);
    const violations = [...stuck, ...(await audited(cluster, accounts, ledger, tell))];
    const watched = await cluster.watch.read();
    if (violations.length > 0) await options.look(cluster, violations);
    return {
      seed,
      seconds: Math.round(seconds),
      faults: Object.fromEntries(counts),
      skipped,
      acknowledged: ledger.acknowledged,
      unanswered: ledger.unanswered,
      refused: ledger.refused,
      resources: ledger.entries.length,
      writes: watched.writes,
      takeovers: watched.takeovers,
      settledAfterMs: Math.round(tookMs),
      endedByThemselves: Object.fromEntries(
        cluster.members.map(({ name, endedByItself }) => [name, endedByItself]),
      ),
      violations,
      notes,
    };
  } finally {
    await cluster.close();
  }
}

/** Everything that must hold of a cloud at rest, and what was seen broken on the way. */
export async function audited(
  cluster: Cluster,
  accounts: Parameters<typeof readBack>[1],
  ledger: Ledger,
  tell: RunOptions['tell'],
): Promise<readonly Violation[]> {
  await readBack(cluster, accounts, ledger);
  const inside = await lookInside(cluster.watch);
  const outside = await lookOutside(cluster);
  const watched = await cluster.watch.read();
  return [
    ...ledger.contradictions,
    ...watched.violations.map((what) => ({ kind: 'stale', what }) as const),
    ...audit(ledger.entries, inside, outside),
    ...(await hostsAddUp(cluster, tell)),
  ];
}

async function report(
  cluster: Cluster,
  ledger: Ledger,
  begin: number,
  tell: RunOptions['tell'],
): Promise<void> {
  const seconds = ((performance.now() - begin) / 1_000).toFixed(0).padStart(4);
  const { acknowledged, unanswered, entries, contradictions } = ledger;
  const live = entries.filter(({ presence }) => presence === 'present').length;
  const watched = await cluster.watch.read().catch(() => undefined);
  const seen =
    watched === undefined
      ? 'database away'
      : `${watched.writes} status writes, ${watched.takeovers} taken over, ${watched.violations.length} stale`;
  tell(
    `${seconds} s  ${acknowledged} acknowledged, ${unanswered} unanswered, ${live} live, ${contradictions.length} contradicted; ${seen}`,
  );
}

function lineOf({ atMs, tookMs, kind, target }: FaultNote): string {
  return `        ${kind} of ${target} from ${(atMs / 1_000).toFixed(1)} s on for ${(tookMs / 1_000).toFixed(1)} s`;
}
