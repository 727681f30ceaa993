import { type Fleet, measureFleet } from './fleet.js';
import { median } from './load/statistics.js';
import { measureRound, measureStatements, type Round, type RoundOptions } from './measure.js';
import { type ProvisioningOptions, provisioningOptions } from './provisioning-options.js';
import { type Figure, figure } from './report/figure.js';
import { reportOf, saveReport, tableOf } from './report/report.js';

type Synchronous = RoundOptions['synchronous'];

/** A floor round and the gdcloud round right after it. */
interface Pair {
  readonly floor: Round;
  readonly gdcloud: Round;
}

const options = provisioningOptions(process.argv.slice(2));
if (options !== undefined) await run(options);

async function run(asked: ProvisioningOptions): Promise<void> {
  const pairs: Record<Synchronous, Pair[]> = { full: [], normal: [] };
  for (let round = 1; round <= asked.rounds; round += 1) {
    for (const synchronous of asked.normal ? (['full', 'normal'] as const) : (['full'] as const)) {
      const how = { ...asked, synchronous, single: Math.min(100, asked.servers) };
      const floor = await measureRound('floor', how);
      tell(`round ${round}, ${synchronous}, floor    ${line(floor)}`);
      const gdcloud = await measureRound('gdcloud', how);
      tell(`round ${round}, ${synchronous}, gdcloud  ${line(gdcloud)}`);
      pairs[synchronous].push({ floor, gdcloud });
    }
  }
  const statements = await measureStatements(asked.folder, 50);
  for (const [sql, times] of statements) tell(`${times.toFixed(2).padStart(7)} × ${sql}`);
  const figures = [
    ...pairFigures('full', pairs.full, 5),
    ...(asked.normal ? pairFigures('normal', pairs.normal) : []),
    ...memoryAndStatements(pairs.full, statements),
    ...(asked.fleet > 0 ? fleetFigures(await measureFleet(asked.folder, asked.fleet), asked) : []),
  ];
  const report = reportOf('provisioning', figures);
  if (asked.save) tell(`saved ${await saveReport(report)}`);
  process.stdout.write(asked.json ? `${JSON.stringify(report)}\n` : tableOf(report));
}

function pairFigures(name: Synchronous, pairs: readonly Pair[], singleGoal?: number): Figure[] {
  const of = (system: keyof Pair, value: keyof Round): number =>
    median(pairs.map((pair) => pair[system][value]));
  const ratio = (value: keyof Round): number =>
    median(pairs.map(({ floor, gdcloud }) => gdcloud[value] / floor[value]));
  const ratioGoal = { least: 25, later: '≥ 50' };
  const single = singleGoal === undefined ? undefined : { most: singleGoal };
  return [
    figure(`${name}: rate against the floor`, ratio('serversPerSecond') * 100, '%', ratioGoal),
    figure(`${name}: rate`, of('gdcloud', 'serversPerSecond'), 'servers/s'),
    figure(`${name}: rate of the floor`, of('floor', 'serversPerSecond'), 'servers/s'),
    figure(`${name}: CPU per server`, of('gdcloud', 'cpuMs'), 'ms', { most: 0.5 }),
    figure(`${name}: CPU per server of the floor`, of('floor', 'cpuMs'), 'ms'),
    figure(`${name}: CPU against the floor`, ratio('cpuMs'), '×'),
    figure(`${name}: POST to running, p50`, of('gdcloud', 'p50'), 'ms'),
    figure(`${name}: POST to running, p99`, of('gdcloud', 'p99'), 'ms'),
    figure(`${name}: one at a time, p50`, of('gdcloud', 'singleP50'), 'ms', single),
    figure(`${name}: one at a time, p99`, of('gdcloud', 'singleP99'), 'ms'),
    figure(`${name}: one at a time, p50 of the floor`, of('floor', 'singleP50'), 'ms'),
    figure(`${name}: looks by clients per server`, of('gdcloud', 'polls'), ''),
  ];
}

function memoryAndStatements(
  pairs: readonly Pair[],
  statements: ReadonlyMap<string, number>,
): Figure[] {
  const all = [...statements.values()].reduce((sum, count) => sum + count, 0);
  return [
    figure('memory (PSS)', median(pairs.map(({ gdcloud }) => gdcloud.memoryMb)), 'MiB', {
      most: 80,
    }),
    figure('SQL statements per server, one look included', all, '', { most: 45 }),
  ];
}

function fleetFigures(fleet: Fleet, { fleet: servers }: ProvisioningOptions): Figure[] {
  const name = `${servers} at once, all drivers`;
  return [
    figure(`${name}: running`, fleet.running, 'servers', { least: servers }),
    figure(`${name}: rate`, fleet.serversPerSecond, 'servers/s'),
    figure(`${name}: CPU per server`, fleet.cpuMs, 'ms'),
    figure(`${name}: POST to running, p99`, fleet.p99, 'ms'),
    figure(`${name}: memory (PSS)`, fleet.memoryMb, 'MiB', { most: 120 }),
  ];
}

function line(round: Round): string {
  const rate = round.serversPerSecond.toFixed(0).padStart(5);
  return `${rate} servers/s, ${round.cpuMs.toFixed(2)} ms CPU, p50 ${round.p50.toFixed(1)} ms, alone ${round.singleP50.toFixed(1)} ms, ${round.memoryMb.toFixed(0)} MiB`;
}

// Progress goes to stderr: with --json, stdout holds nothing but the report.
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
