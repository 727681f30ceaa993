import { type Fault, type FaultPlan, noFaults, OneFault } from '../simulator/fault.js';
import { PointRecorder, type RecordedVisit } from '../simulator/point-recorder.js';
import { simulate } from './simulation.js';
import type { SimulationReport, Violation } from './simulation-options.js';
import { besides, type Story } from './story.js';

/** The faults that every call is struck by: one run for each. */
export const MATRIX_FAULTS = [
  'crash-before',
  'crash-after',
  'lost-reply',
  'error',
  'hang',
  'zombie',
  'expiry',
] as const satisfies readonly Fault[];

/** See {@link MATRIX_FAULTS}. */
export type MatrixFault = (typeof MATRIX_FAULTS)[number];

/** How a matrix is made. */
export interface MatrixOptions {
  readonly stories: readonly Story[];
  /** At how many visits of a point each fault strikes, at most: the first, the last, and some between. */
  readonly visitsPerPoint: number;
}

/** One cell: which call of which story is struck by what. With the story's options this is a replay. */
export interface Cell {
  readonly story: Story;
  readonly visit: RecordedVisit;
  readonly fault: MatrixFault;
}

/** What the matrix came to. */
export interface MatrixReport {
  /** How many sites can meet a fault, and at how many it struck and everything was checked afterwards. */
  readonly figures: Readonly<
    Record<MatrixFault, { readonly struck: number; readonly possible: number }>
  >;
  readonly sites: number;
  /** Calls that are told apart by all the code that led to them. */
  readonly chains: number;
  readonly runs: number;
  readonly steps: number;
  /** Runs that broke an invariant, the references included (`cell` absent). */
  readonly violations: readonly {
    readonly story: string;
    readonly cell: Cell | undefined;
    readonly violation: Violation;
  }[];
  /** Sites that no run was struck at in a way they can be. */
  readonly missed: readonly string[];
  /** The calls that a run crashed at, and then held all invariants. */
  readonly crashedAt: readonly RecordedVisit[];
}

interface Told {
  readonly story: Story;
  readonly kernels: number;
  readonly visit: RecordedVisit;
}

/**
 * The exhaustive matrix of single faults (reference/kernel.md 2.1, exploration a): every call that the stories make,
 * struck by every fault it can meet, each in a run of its own with all invariants checked to its end.
 */
export async function runMatrix(options: MatrixOptions): Promise<MatrixReport> {
  const violations: MatrixReport['violations'][number][] = [];
  const ends = new Map<Story, string>();
  const told: Told[] = [];
  let steps = 0;
  for (const story of options.stories) {
    const { report, visits } = await tell(story);
    steps += report.steps;
    if (report.violation !== undefined)
      violations.push({ story: story.name, cell: undefined, violation: report.violation });
    ends.set(story, report.end);
    const { kernels } = story.options();
    for (const visit of visits) told.push({ story, kernels, visit });
  }
  const struck = new Map<MatrixFault, Set<string>>(
    MATRIX_FAULTS.map((fault) => [fault, new Set()]),
  );
  const crashedAt: RecordedVisit[] = [];
  const cells = cellsOf(told, options.visitsPerPoint);
  for (const cell of cells) {
    const { story, visit, fault } = cell;
    const report = await strike(cell, ends.get(story));
    steps += report.steps;
    if (report.violation !== undefined) {
      violations.push({ story: story.name, cell, violation: report.violation });
      continue;
    }
    struck.get(fault)?.add(visit.chain);
    if (fault === 'crash-before' || fault === 'crash-after') crashedAt.push(visit);
  }
  const possible = (fault: MatrixFault): ReadonlySet<string> =>
    new Set(told.filter(({ visit }) => visit.possible.has(fault)).map(({ visit }) => visit.chain));
  const figure = (fault: MatrixFault): MatrixReport['figures'][MatrixFault] => ({
    struck: struck.get(fault)?.size ?? 0,
    possible: possible(fault).size,
  });
  return {
    figures: {
      'crash-before': figure('crash-before'),
      'crash-after': figure('crash-after'),
      'lost-reply': figure('lost-reply'),
      error: figure('error'),
      hang: figure('hang'),
      zombie: figure('zombie'),
      expiry: figure('expiry'),
    },
    sites: new Set(told.map(({ visit }) => visit.site)).size,
    chains: new Set(told.map(({ visit }) => visit.chain)).size,
    runs: options.stories.length + cells.length,
    steps,
    violations,
    missed: MATRIX_FAULTS.flatMap((fault) =>
      [...possible(fault)]
        .filter((site) => struck.get(fault)?.has(site) !== true)
        .map((site) => `${fault}: ${site}`),
    ),
    crashedAt,
  };
}

const PACKAGE = new URL('../../', import.meta.url).href;
const TESTING = new URL('../', import.meta.url).href;

/** The code of this package that runs in a process of a simulation, by its path in the compiled package: `kernel/pass.js`. */
function kernelCode(file: string): string | undefined {
  return file.startsWith(PACKAGE) && !file.startsWith(TESTING)
    ? file.slice(PACKAGE.length)
    : undefined;
}

/** Runs a story by itself and writes down its calls. */
async function tell(
  story: Story,
): Promise<{ report: SimulationReport; visits: readonly RecordedVisit[] }> {
  const options = story.options();
  const recorder = new PointRecorder(kernelCode, options.faults);
  const report = await simulate({ ...options, faults: recorder, coverage: recorder });
  return { report, visits: recorder.visits };
}

/** Runs one cell. Throws when the run was another one before the fault than the story's: then something draws on real time or chance. */
async function strike(
  { story, visit, fault }: Cell,
  expectedEnd: string | undefined,
): Promise<SimulationReport> {
  const options = story.options();
  const one = new OneFault(visit.label, visit.nth, fault);
  let at = 0;
  const noting: FaultPlan = {
    decide: (seen) => {
      const decided = one.decide(seen);
      if (decided !== undefined) ({ at } = seen);
      return decided;
    },
  };
  const report = await simulate({
    ...options,
    faults: options.faults === noFaults ? noting : besides(noting, options.faults),
    expectedEnd,
  });
  if (at !== visit.at)
    throw new Error(`${story.name}: ${visit.label} number ${visit.nth} was not made as before`);
  return report;
}

function cellsOf(told: readonly Told[], most: number): readonly Cell[] {
  const points = new Map<string, Told[]>();
  for (const each of told) {
    const known = points.get(each.visit.chain);
    if (known === undefined) points.set(each.visit.chain, [each]);
    else known.push(each);
  }
  return [...points.values()].flatMap((visits) =>
    MATRIX_FAULTS.flatMap((fault) =>
      representatives(visits, fault, most).map(({ story, visit }) => ({ story, visit, fault })),
    ),
  );
}

function representatives(
  visits: readonly Told[],
  fault: MatrixFault,
  count: number,
): readonly Told[] {
  const able = visits.filter(({ visit }) => visit.possible.has(fault));
  const crowded = able.filter(({ kernels }) => kernels > 1);
  // Somebody must be there to take over while a zombie stands still.
  const from = fault === 'zombie' && crowded.length > 0 ? crowded : able;
  if (from.length <= count) return from;
  const chosen = new Set<number>();
  for (let n = 0; n < count; n += 1)
    chosen.add(count === 1 ? 0 : Math.round((n * (from.length - 1)) / (count - 1)));
  return from.filter((_, index) => chosen.has(index));
}
