import { runLoad } from '../../load/load.js';
import { median, percentile } from '../../load/statistics.js';
import { type Figure, figure } from '../../report/figure.js';
import type { ClusterOptions, ClusterPart } from '../cluster-part.js';
import type { ClusterTarget } from '../cluster-target.js';
import { bullmq, bullmqBatched, heldFloor, partitionFloor } from '../floor/floors.js';
import { cloudCluster } from '../ours/cloud-cluster.js';

/** What one round of one system showed. */
interface Round {
  readonly serversPerSecond: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly singleP50: number;
  readonly singleP99: number;
  readonly memoryMb: number;
}

/** The rounds of each system, by its name. */
type Measured = ReadonlyMap<string, readonly Round[]>;

/** gdcloud under each of its lock strategies, and the floor that does the same with nothing around it. */
const OURS = [
  { ours: cloudCluster('partition'), floor: partitionFloor },
  { ours: cloudCluster('resource'), floor: heldFloor },
] as const;
const FLOORS: readonly ClusterTarget[] = [partitionFloor, heldFloor, bullmq, bullmqBatched];

/** Servers one at a time, after each round. */
const SINGLE = 50;
/** Goals of issue 4. */
const LEAST_SHARE = 50;
const LEAST_TIMES_BULLMQ = 4;
const MOST_CPU = 2.5;

/** How fast servers start on PostgreSQL, Redis and ZooKeeper, beside floors that do the same work in the same minute. */
export const provisioning: ClusterPart = {
  name: 'provisioning',
  what: 'servers from POST to running: 2 kernels against floors of as many processes, and BullMQ',
  floors: 'some',
  async measure(options): Promise<readonly Figure[]> {
    const { rounds, systems } = options;
    const targets = [...(systems === 'all' ? OURS.map(({ ours }) => ours) : []), ...FLOORS];
    const measured = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const target of targets) {
        const result = await measureRound(target, options);
        measured.get(target.name)?.push(result);
        options.tell(`round ${round}, ${target.name.padEnd(28)} ${lineOf(result)}`);
      }
    }
    return [
      ...(systems === 'all' ? OURS.flatMap((pair) => goalsOf(pair, measured)) : []),
      figure('clients at a time', options.clients, ''),
      figure(
        `${partitionFloor.name}: rate against BullMQ`,
        times(partitionFloor, bullmq, measured),
        '×',
      ),
      ...targets.flatMap(({ name }) => figuresOf(name, measured.get(name) ?? [])),
    ];
  },
};

async function measureRound(system: ClusterTarget, options: ClusterOptions): Promise<Round> {
  const { clients, servers, warmUp } = options;
  const { target, group } = await system.start(await options.backing.freshPlace());
  try {
    await runLoad(target, { clients, servers: warmUp });
    const before = await group.cpuMs();
    const load = await runLoad(target, { clients, servers });
    const cpuMs = (await group.cpuMs()) - before;
    const memoryMb = await group.memoryMb();
    const alone = await runLoad(target, { clients: 1, servers: Math.min(SINGLE, servers) });
    if (load.late + alone.late > 0) throw new Error(`${system.name}: servers did not run in time`);
    return {
      serversPerSecond: servers / load.seconds,
      cpuMs: cpuMs / servers,
      p50: percentile(load.latencies, 0.5),
      p99: percentile(load.latencies, 0.99),
      singleP50: percentile(alone.latencies, 0.5),
      singleP99: percentile(alone.latencies, 0.99),
      memoryMb,
    };
  } finally {
    await group[Symbol.asyncDispose]();
  }
}

function goalsOf({ ours, floor }: (typeof OURS)[number], measured: Measured): readonly Figure[] {
  const { name } = ours;
  const cpu = median((measured.get(name) ?? []).map(({ cpuMs }) => cpuMs));
  return [
    figure(`${name}: rate against ${floor.name}`, times(ours, floor, measured) * 100, '%', {
      least: LEAST_SHARE,
    }),
    figure(`${name}: rate against BullMQ`, times(ours, bullmq, measured), '×', {
      least: LEAST_TIMES_BULLMQ,
    }),
    figure(
      `${name}: rate against ${bullmqBatched.name}`,
      times(ours, bullmqBatched, measured),
      '×',
    ),
    figure(`${name}: CPU per server, all processes`, cpu, 'ms', { most: MOST_CPU }),
  ];
}

/** How many times as fast as another system of the same round, in the median. */
function times({ name }: ClusterTarget, other: ClusterTarget, measured: Measured): number {
  const others = measured.get(other.name) ?? [];
  return median(
    (measured.get(name) ?? []).map(
      ({ serversPerSecond }, round) =>
        serversPerSecond / (others[round]?.serversPerSecond ?? Number.NaN),
    ),
  );
}

function figuresOf(name: string, rounds: readonly Round[]): readonly Figure[] {
  const of = (value: keyof Round): number => median(rounds.map((round) => round[value]));
  return [
    figure(`${name}: rate`, of('serversPerSecond'), 'servers/s'),
    figure(`${name}: CPU per server`, of('cpuMs'), 'ms'),
    figure(`${name}: POST to running, p50`, of('p50'), 'ms'),
    figure(`${name}: POST to running, p99`, of('p99'), 'ms'),
    figure(`${name}: one at a time, p50`, of('singleP50'), 'ms'),
    figure(`${name}: one at a time, p99`, of('singleP99'), 'ms'),
    figure(`${name}: memory (PSS)`, of('memoryMb'), 'MiB'),
  ];
}

function lineOf({ serversPerSecond, cpuMs, p50, p99, singleP50, memoryMb }: Round): string {
  return `${serversPerSecond.toFixed(0).padStart(5)} servers/s, ${cpuMs.toFixed(2)} ms CPU, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, alone ${singleP50.toFixed(1)} ms, ${memoryMb.toFixed(0)} MiB`;
}
