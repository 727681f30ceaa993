import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figure, reportOf, saveReport, tableOf } from '@gdcloud/bench/report';
import type { Violation } from './audit.js';
import type { Cluster } from './cluster.js';
import { FAULTS, type FaultKind } from './faults.js';
import { figuresOf, remarksOf, zombieFigures } from './faults-report.js';
import { insideNamespace, runInside, whyNoNamespace } from './namespace.js';
import { faultsRun, type RunResult } from './run.js';
import { type ZombieResult, zombieRun } from './zombies.js';

const HELP = `Usage: npm run faults -- [options]

Starts 4 kernels, 2 APIs and 2 driver hosts on real PostgreSQL, Redis and ZooKeeper, lets users work, breaks
everything again and again, heals it, and audits what is there. Ends with exit code 1 on any violation.

  --minutes N     how long it is broken (default 10)
  --seed N        which faults hit whom (default: one that depends on the time)
  --only A,B      only these kinds of faults; "none" for none:
                  ${FAULTS.slice(0, 6).join(', ')},
                  ${FAULTS.slice(6, 11).join(', ')},
                  ${FAULTS.slice(11).join(', ')}
  --zombies N     instead: hold kernels still N times, half of them past their session, and let them go on
  --locks WAY     resource (default) or partition
  --verbose       tell of each fault
  --stay          on a violation, leave everything running for an hour, to look into it
  --result FILE   write the result to a file
  --json          print the result as JSON
  --save          write bench/results/<date>-faults.json, or -zombies.json
  --help          show this
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    zombies: { type: 'string' },
    locks: { type: 'string', default: 'resource' },
    result: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    stay: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  process.exit(await main());
}

async function main(): Promise<number> {
  const why = insideNamespace() ? undefined : whyNoNamespace();
  if (!insideNamespace() && why === undefined)
    return runInside(fileURLToPath(import.meta.url), process.argv.slice(2));
  if (why !== undefined) tell(`links are not cut and disks not filled: ${why}`);
  const seed = number('seed', values.seed);
  tell(`seed ${seed}`);
  const locks = values.locks === 'partition' ? 'partition' : 'resource';
  if (values.zombies !== undefined) {
    const rounds = number('zombies', values.zombies);
    const result = await zombieRun({ seed, rounds, locks, tell, look });
    return conclude('zombies', result, zombieFigures(result));
  }
  const result = await faultsRun({
    seed,
    minutes: number('minutes', values.minutes),
    kinds: kinds(values.only),
    locks,
    faultsTold: values.verbose ? 'yes' : 'no',
    tell,
    look,
  });
  for (const line of remarksOf(result)) tell(line);
  return conclude('faults', result, figuresOf(result));
}

async function conclude(
  name: string,
  result: RunResult | ZombieResult,
  figures: readonly Figure[],
): Promise<number> {
  if (values.result !== undefined) writeFileSync(values.result, JSON.stringify(result, null, 2));
  const report = reportOf(name, figures);
  const violations = result.violations.map(({ kind, what }) => `  ${kind}: ${what}\n`);
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `seed ${result.seed}\n${tableOf(report)}${violations.join('')}`,
  );
  if (values.save) tell(`saved ${await saveReport(report)}`);
  return result.violations.length === 0 ? 0 : 1;
}

async function look({ folder }: Cluster, violations: readonly Violation[]): Promise<void> {
  if (!values.stay) return;
  for (const { kind, what } of violations) tell(`${kind}: ${what}`);
  tell(`staying as it is: ${folder}, process ${process.pid}`);
  await pause(3_600_000);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  process.stderr.write(`--${name} must be a number, not ${text}\n`);
  process.exit(2);
}

function kinds(only: string | undefined): readonly FaultKind[] {
  if (only === undefined) return FAULTS;
  const asked = only.split(',').filter((word) => word !== 'none');
  const unknown = asked.filter((word) => !FAULTS.some((kind) => kind === word));
  if (unknown.length === 0) return FAULTS.filter((kind) => asked.includes(kind));
  process.stderr.write(
    `there is no fault ${unknown.join(', ')}; there are: ${FAULTS.join(', ')}\n`,
  );
  process.exit(2);
}
