import { setTimeout as pause } from 'node:timers/promises';
import type { Violation } from './audit.js';
import { type Chance, chance } from './chance.js';
import { type Cluster, startCluster } from './cluster.js';
import { heal } from './faults.js';
import { Ledger } from './ledger.js';
import type { Member } from './member.js';
import { audited, type RunOptions } from './run.js';
import { settle } from './settling.js';
import { anyImage, makeAccounts, work } from './workload.js';

/** How many rounds, and of what chance. */
export type ZombieOptions = Pick<RunOptions, 'seed' | 'locks' | 'tell' | 'look'> & {
  readonly rounds: number;
};

/** What came of processes that were held still and let go on. */
export interface ZombieResult {
  readonly seed: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Rounds that were longer than the session. */
  readonly pastSession: number;
  readonly acknowledged: number;
  readonly writes: number;
  /** Resources that another process claimed than the one that had held them. */
  readonly takeovers: number;
  /** Late status writes that the database refused because of their fence; undefined where it can't count them. */
  readonly refused: number | undefined;
  readonly settledAfterMs: number;
  readonly violations: readonly Violation[];
}

/** The shortest that ZooKeeper adapters take. */
const SESSION_SECONDS = 1;
const KERNELS = 4;
/** One at least goes on with the work of the others. */
const ASLEEP = 3;

/** Stops kernels in the middle of their work, a part of them past their session, and lets them go on. */
export async function zombieRun(options: ZombieOptions): Promise<ZombieResult> {
  const { seed, rounds, tell } = options;
  const cluster = await startCluster({
    kernels: KERNELS,
    apis: 1,
    sessionSeconds: SESSION_SECONDS,
    locks: options.locks,
  });
  try {
    tell(`ready: ${cluster.members.map(({ name }) => name).join(', ')} in ${cluster.folder}`);
    const accounts = await makeAccounts(cluster, 3);
    const image = await anyImage(cluster);
    const ledger = new Ledger();
    const over = new AbortController();
    const random = chance(seed);
    const begin = performance.now();
    const working = work(
      { cluster, accounts, image, ledger, chance: chance(seed + 1), workers: 8, pauseMs: 60 },
      over.signal,
    );
    const done = { rounds: 0, pastSession: 0 };
    const progress = setInterval(
      () =>
        void cluster.watch.read().then(
          ({ writes, takeovers, violations }) =>
            tell(
              `${done.rounds} of ${rounds} rounds; ${writes} status writes, ${takeovers} taken over, ${violations.length} stale`,
            ),
          () => {},
        ),
      5_000,
    );
    try {
      await sleepInTurns(cluster, rounds, random, done);
    } finally {
      clearInterval(progress);
      over.abort();
    }
    await working;
    const seconds = Math.round((performance.now() - begin) / 1_000);
    await heal(cluster);
    const { tookMs, violations: stuck } = await settle(cluster, tell);
    const violations = [...stuck, ...(await audited(cluster, accounts, ledger, tell))];
    const { writes, takeovers } = await cluster.watch.read();
    if (violations.length > 0) await options.look(cluster, violations);
    return {
      seed,
      seconds,
      ...done,
      acknowledged: ledger.acknowledged,
      writes,
      takeovers,
      refused: await cluster.watch.refused(),
      settledAfterMs: Math.round(tookMs),
      violations,
    };
  } finally {
    await cluster.close();
  }
}

async function sleepInTurns(
  cluster: Cluster,
  rounds: number,
  random: Chance,
  done: { rounds: number; pastSession: number },
): Promise<void> {
  const awake = [...cluster.kernels];
  let left = rounds;
  const sleeper = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const [member] = awake.splice(random.below(awake.length), 1);
      if (member === undefined) return;
      const forMs = random.next() < 0.5 ? random.between(50, 900) : random.between(1_100, 2_000);
      await sleep(member, forMs);
      done.rounds += 1;
      if (forMs > SESSION_SECONDS * 1_000) done.pastSession += 1;
      awake.push(member);
      // Time to wake up in, and to get hold of work again.
      await pause(random.between(100, 500));
    }
  };
  await Promise.all(Array.from({ length: ASLEEP }, sleeper));
}

async function sleep(member: Member, forMs: number): Promise<void> {
  member.stop();
  await pause(forMs);
  member.continue();
}
