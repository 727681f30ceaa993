import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunResult } from './run.js';
import type { ZombieResult } from './zombies.js';

/** One measured value, and what it is to be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words; null when there is none. */
  readonly goal: string | null;
  /** Whether the goal is met; null without one. */
  readonly ok: boolean | null;
}

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** A value without a goal. */
export function amount(name: string, value: number, unit: string): Figure {
  return { name, value, unit, goal: null, ok: null };
}

/** A count that must be zero. */
export function none(name: string, value: number): Figure {
  return { name, value, unit: '', goal: '= 0', ok: value === 0 };
}

/** The figures of a run among faults. */
export function figuresOf(result: RunResult): readonly Figure[] {
  const violations = (kind: string): number =>
    result.violations.filter((each) => each.kind === kind).length;
  return [
    amount('broken for', result.seconds, 's'),
    ...Object.entries(result.faults).map(([kind, count]) => amount(`faults: ${kind}`, count, '')),
    amount('writes acknowledged', result.acknowledged, ''),
    amount('writes without an answer', result.unanswered, ''),
    amount('resources asked for', result.resources, ''),
    amount('status writes', result.writes, ''),
    amount('resources taken over by another process', result.takeovers, ''),
    amount(
      'processes that ended though nobody killed them',
      Object.values(result.endedByThemselves).reduce((sum, count) => sum + count, 0),
      '',
    ),
    amount('at rest after healing', result.settledAfterMs / 1_000, 's'),
    ...['lost', 'leaked', 'doubled', 'stale', 'stuck'].map((kind) => none(kind, violations(kind))),
  ];
}

/** The figures of processes that were held still. */
export function zombieFigures(result: ZombieResult): readonly Figure[] {
  const { refused, violations } = result;
  return [
    amount('stopped and continued', result.rounds, 'times'),
    amount('of them past the session', result.pastSession, 'times'),
    amount('took', result.seconds, 's'),
    amount('writes acknowledged', result.acknowledged, ''),
    amount('status writes', result.writes, ''),
    amount('resources taken over by another process', result.takeovers, ''),
    ...(refused === undefined ? [] : [amount('late status writes refused', refused, '')]),
    amount('at rest after the last', result.settledAfterMs / 1_000, 's'),
    none('stale writes accepted', violations.filter(({ kind }) => kind === 'stale').length),
    none(
      'lost, leaked, doubled or stuck',
      violations.filter(({ kind }) => kind !== 'stale').length,
    ),
  ];
}

/** What could not be done, and what nobody asked for. */
export function remarksOf(result: RunResult): readonly string[] {
  return [
    ...result.skipped.map((kind) => `skipped: ${kind} (needs root and private namespaces)`),
    ...Object.entries(result.endedByThemselves)
      .filter(([, count]) => count > 0)
      .map(([member, count]) => `${member} ended by itself ${count} times and was started again`),
  ];
}

/** A figure for people. */
export function lineOf({ name, value, unit, goal, ok }: Figure): string {
  const verdict = ok === null ? '' : `${ok ? 'ok    ' : 'MISSED'} ${goal}`;
  return `  ${name.padEnd(46)} ${`${value} ${unit}`.padEnd(14)} ${verdict}`.trimEnd();
}

/** Keeps figures with the results of the benches; returns the file's path. */
export async function save(bench: string, figures: readonly Figure[]): Promise<string> {
  const folder = join(ROOT, 'bench/results');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}-${bench}.json`);
  const processors = cpus();
  const machine = {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: platform(),
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
  await writeFile(
    file,
    `${JSON.stringify({ bench, commit: commit(), machine, figures }, null, 2)}\n`,
  );
  return file;
}

function commit(): string {
  try {
    const run = (...parameters: string[]): string =>
      execFileSync('git', parameters, { cwd: ROOT, encoding: 'utf8' }).trim();
    const changed = run('status', '--porcelain') === '' ? '' : '+changes';
    return run('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown';
  }
}
