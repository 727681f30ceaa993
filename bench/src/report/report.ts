import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.js';

export { type Figure, figure } from './figure.js';

/** What a benchmark found, and where. */
export interface Report {
  readonly bench: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** What it was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly platform: string;
  /** Over the last minute: more than the benchmark's own two processes make is somebody else's work. */
  readonly loadAverage: number;
}

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** Puts figures together with where they come from. */
export function reportOf(bench: string, figures: readonly Figure[]): Report {
  const processors = cpus();
  return {
    bench,
    commit: commit(),
    machine: {
      cpu: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: platform(),
      loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
    },
    figures,
  };
}

/** The figures as a table for people. */
export function tableOf({ bench, commit: revision, machine, figures }: Report): string {
  const { cpu, cores, memoryGb, node, loadAverage } = machine;
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.map(({ name, value, unit, goal, ok }) => {
    const amount = `${value} ${unit}`.padEnd(18);
    const verdict = ok === null ? '' : `${ok ? 'ok    ' : 'MISSED'} ${goal}`;
    return `  ${name.padEnd(width)}  ${amount} ${verdict}`.trimEnd();
  });
  return [
    `${bench} at ${revision}`,
    `  ${cores} × ${cpu}, ${memoryGb} GiB, Node ${node}, load average ${loadAverage}`,
    ...lines,
    '',
  ].join('\n');
}

/** Writes the report to `results` in this package; returns the file's path. */
export async function saveReport(report: Report): Promise<string> {
  const folder = join(PACKAGE, 'results');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}-${report.bench}.json`);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

function commit(): string {
  try {
    const run = (...parameters: string[]): string =>
      execFileSync('git', parameters, { cwd: PACKAGE, encoding: 'utf8' }).trim();
    const changed = run('status', '--porcelain') === '' ? '' : '+changes';
    return run('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown';
  }
}
