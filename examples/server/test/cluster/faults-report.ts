import { type Figure, figure } from '@gdcloud/bench/report';
import type { RunResult } from './run.js';
import type { ZombieResult } from './zombies.js';

const NONE = { most: 0 };

/** The figures of a run among faults. */
export function figuresOf(result: RunResult): readonly Figure[] {
  const violations = (kind: string): number =>
    result.violations.filter((each) => each.kind === kind).length;
  return [
    figure('broken for', result.seconds, 's'),
    ...Object.entries(result.faults).map(([kind, count]) => figure(`faults: ${kind}`, count, '')),
    figure('writes acknowledged', result.acknowledged, ''),
    figure('writes without an answer', result.unanswered, ''),
    figure('resources asked for', result.resources, ''),
    figure('status writes', result.writes, ''),
    figure('resources taken over by another process', result.takeovers, ''),
    figure(
      'processes that ended though nobody killed them',
      Object.values(result.endedByThemselves).reduce((sum, count) => sum + count, 0),
      '',
    ),
    figure('at rest after healing', result.settledAfterMs / 1_000, 's'),
    ...['lost', 'leaked', 'doubled', 'stale', 'stuck'].map((kind) =>
      figure(kind, violations(kind), '', NONE),
    ),
  ];
}

/** The figures of processes that were held still. */
export function zombieFigures(result: ZombieResult): readonly Figure[] {
  const { refused, violations } = result;
  return [
    figure('stopped and continued', result.rounds, 'times'),
    figure('of them past the session', result.pastSession, 'times'),
    figure('took', result.seconds, 's'),
    figure('writes acknowledged', result.acknowledged, ''),
    figure('status writes', result.writes, ''),
    figure('resources taken over by another process', result.takeovers, ''),
    ...(refused === undefined ? [] : [figure('late status writes refused', refused, '')]),
    figure('at rest after the last', result.settledAfterMs / 1_000, 's'),
    figure(
      'stale writes accepted',
      violations.filter(({ kind }) => kind === 'stale').length,
      '',
      NONE,
    ),
    figure(
      'lost, leaked, doubled or stuck',
      violations.filter(({ kind }) => kind !== 'stale').length,
      '',
      NONE,
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
