import { systemClock } from '../../adapters/system/system-clock.js';
import { systemRandom } from '../../adapters/system/system-random.js';
import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Driver } from '../../ports/driver.js';
import { SeededRandom } from '../simulator/seeded-random.js';
import type { Check, Level, Theme } from './check.js';
import { changing } from './contract/changing.js';
import { creating } from './contract/creating.js';
import { deleting } from './contract/deleting.js';
import { failing } from './contract/failing.js';
import { fencing } from './contract/fencing.js';
import { hygiene } from './contract/hygiene.js';
import { identity } from './contract/identity.js';
import { listing } from './contract/listing.js';
import { observing } from './contract/observing.js';
import { quarantining } from './contract/quarantining.js';
import { SPOKEN } from './contract/spoken.js';
import { faults } from './faults/checks.js';
import { PointCoverage } from './faults/coverage.js';
import { Finding, NotApplicable } from './finding.js';
import { type CheckResult, ConformanceReport, KIT_VERSION, type ReportDocument } from './report.js';
import { Recorder } from './stage/recorder.js';
import { Stage, type Theatre } from './stage/stage.js';
import { RealTime } from './stage/time.js';
import type { Backend, Subject } from './subject.js';

/** How the kit is run. */
export interface ConformOptions {
  /** Default: 1 and 2, and 3 where the subject has a `live` backend. */
  readonly levels?: readonly Level[];
  /** Ids of the only checks to run; default: all. */
  readonly only?: readonly string[];
  /** Where all chance on fakes comes from; default 1. */
  readonly seed?: number;
  /** How many objects the checks of long listings make; default 300. */
  readonly manyObjects?: number;
  /** Dates the report and times level 3; default: the system's. */
  readonly clock?: Clock;
}

const CONTRACT: readonly Theme[] = [
  creating,
  observing,
  changing,
  deleting,
  quarantining,
  listing,
  failing,
  identity,
  fencing,
];

/** All checks there are, in the order they run. */
export const CHECKS: readonly Check[] = [...CONTRACT, faults, hygiene].flatMap(
  ({ checks }) => checks,
);

/**
 * Examines a driver: level 1 is the contract, level 2 a fault at every I/O point of the driver, level 3 the contract
 * again at a real endpoint (reference/kernel.md 2.5). Returns the report, whatever it says; throws only where the
 * subject names checks that do not exist, or has no desired state to try.
 */
export async function conform<Desired, Actual>(
  subject: Subject<Desired, Actual>,
  options: ConformOptions = {},
): Promise<ConformanceReport> {
  demandSense(subject, options);
  freeze(subject.specs);
  const clock = options.clock ?? systemClock;
  const seed = options.seed ?? 1;
  const levels = options.levels ?? (subject.live === undefined ? [1, 2] : [1, 2, 3]);
  const recorder = new Recorder(SPOKEN);
  const theatre: Theatre = {
    subject,
    recorder,
    random: new SeededRandom(seed),
    coverage: new PointCoverage(),
    outcomes: new Map(),
    manyObjects: options.manyObjects ?? 300,
  };
  const hearing = hearRejections(recorder);
  const results: CheckResult[] = [];
  let driver: Driver<unknown, unknown> | undefined;
  const wanted = (check: Check): boolean => options.only?.includes(check.id) ?? true;
  const perform = async (level: Level, themes: readonly Theme[]): Promise<void> => {
    for (const { name, checks } of themes) {
      for (const check of checks.filter(wanted)) {
        const raise = async (): Promise<Stage> => {
          const stage = await Stage.raise(theatre);
          driver ??= stage.open().driver;
          return stage;
        };
        const verdict = await judge(check, theatre, raise, (stage) => stage.close());
        results.push(resultOf(check, level, name, verdict, subject.waived));
      }
    }
  };
  try {
    if (levels.includes(1)) await perform(1, CONTRACT);
    if (levels.includes(2)) await perform(2, [faults]);
    if (levels.includes(1)) await perform(1, [hygiene]);
    if (levels.includes(3)) results.push(...(await performLive(theatre, wanted, clock)));
  } finally {
    hearing.stop();
  }
  return new ConformanceReport({
    format: 'gdcloud-conformance',
    version: 1,
    kit: KIT_VERSION,
    subject: subject.name,
    driver: driver?.name ?? subject.name,
    traits: driver?.traits ?? null,
    date: new Date(clock.now()).toISOString(),
    seed,
    levels,
    summary: {
      ok: count(results, 'ok'),
      failed: count(results, 'failed'),
      skipped: count(results, 'skipped'),
    },
    points: pointsOf(theatre.coverage),
    checks: results,
  });
}

type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly expected: string; readonly seen: string };

async function judge(
  check: Check,
  { recorder }: Theatre,
  raise: () => Promise<Stage>,
  after: (stage: Stage) => Promise<void>,
): Promise<Verdict> {
  recorder.check = check.id;
  try {
    const stage = await raise();
    try {
      await check.run(stage);
    } finally {
      await after(stage);
    }
    return { kind: 'ok' };
  } catch (thrown) {
    if (thrown instanceof NotApplicable) return { kind: 'skipped', reason: thrown.message };
    if (thrown instanceof Finding) {
      return { kind: 'failed', expected: thrown.expected, seen: thrown.seen };
    }
    const { stack, message } = ensureError(thrown);
    return { kind: 'failed', expected: 'the backend and the kit to work', seen: stack ?? message };
  } finally {
    // Rejections are told a turn late, and are this check's.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Level 3: what needs no tampering, on one backend that goes on to exist; and that nothing of it is left. */
async function performLive(
  theatre: Theatre,
  wanted: (check: Check) => boolean,
  clock: Clock,
): Promise<readonly CheckResult[]> {
  const { subject } = theatre;
  if (subject.live === undefined) return [];
  const random = systemRandom;
  const live: Theatre = { ...theatre, random, recorder: new Recorder(SPOKEN) };
  const time = new RealTime(clock);
  const backend: Backend<unknown, unknown> = await subject.live({ clock, random });
  const hearing = hearRejections(live.recorder);
  const results: CheckResult[] = [];
  try {
    const before = await backend.objects();
    for (const { name, checks } of [...CONTRACT, hygiene]) {
      for (const check of checks.filter(({ reach }) => reach === 'anywhere').filter(wanted)) {
        const verdict = await judge(
          check,
          live,
          () => Stage.over(live, backend, time),
          async (stage) => {
            await stage.tidy();
            await stage.leave();
          },
        );
        results.push(resultOf(check, 3, name, verdict, subject.waived));
      }
    }
    const left = (await backend.objects()).filter((external) => !before.includes(external));
    results.push(resultOf(noLeak, 3, 'leaks', leakOf(left), undefined));
  } finally {
    hearing.stop();
    await backend.close?.();
  }
  return results;
}

const noLeak: Pick<Check, 'id' | 'rule' | 'where'> = {
  id: 'live-leaks-nothing',
  rule: 'After all, the endpoint holds what it held before.',
  where: 'kernel.md 2.5, level 3',
};

function leakOf(left: readonly string[]): Verdict {
  return left.length === 0
    ? { kind: 'ok' }
    : { kind: 'failed', expected: 'nothing to be left', seen: left.join(', ') };
}

function resultOf(
  check: Pick<Check, 'id' | 'rule' | 'where'>,
  level: Level,
  theme: string,
  verdict: Verdict,
  waived: Subject<unknown, unknown>['waived'],
): CheckResult {
  const { id, rule, where } = check;
  const told = { id, level, theme, rule, where };
  const waiver = waived?.[id];
  if (waiver !== undefined && verdict.kind !== 'skipped') {
    return verdict.kind === 'failed'
      ? { ...told, state: 'skipped', reason: `waived: ${waiver}` }
      : { ...told, state: 'failed', expected: 'the waiver to be needed', seen: 'the check passes' };
  }
  switch (verdict.kind) {
    case 'ok':
      return { ...told, state: 'ok' };
    case 'skipped':
      return { ...told, state: 'skipped', reason: verdict.reason };
    case 'failed':
      return { ...told, state: 'failed', expected: verdict.expected, seen: verdict.seen };
  }
}

function demandSense(subject: Subject<unknown, unknown>, options: ConformOptions): void {
  if (subject.specs.valid.length === 0)
    throw new Error('specs.valid is empty: nothing can be tried');
  const known = new Set([...CHECKS, noLeak].map(({ id }) => id));
  const named = [...Object.keys(subject.waived ?? {}), ...(options.only ?? [])];
  const unknown = named.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new Error(`there are no checks called ${unknown.join(', ')}`);
}

function pointsOf(coverage: PointCoverage): ReportDocument['points'] {
  return {
    'crash-before': coverage.of('crash-before'),
    'crash-after': coverage.of('crash-after'),
    'lost-reply': coverage.of('lost-reply'),
    error: coverage.of('error'),
    hang: coverage.of('hang'),
    zombie: coverage.of('zombie'),
  };
}

function count(results: readonly CheckResult[], state: CheckResult['state']): number {
  return results.filter((result) => result.state === state).length;
}

// Test runners listen too, and would blame the test for what the report is to tell: they are given their turn back.
function hearRejections(recorder: Recorder): { stop(): void } {
  const others = process.listeners('unhandledRejection');
  const hear = (error: unknown): void => {
    recorder.rejections.push({ check: recorder.check, error });
  };
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', hear);
  return {
    stop: () => {
      process.off('unhandledRejection', hear);
      for (const other of others) process.on('unhandledRejection', other);
    },
  };
}

// Plain data only: what has a class of its own may need to change inside.
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && !Array.isArray(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
