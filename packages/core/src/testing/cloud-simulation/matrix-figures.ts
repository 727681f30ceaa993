import { type Cell, MATRIX_FAULTS, type MatrixReport } from './matrix.js';

/** The figures of a matrix as they are recorded. */
export interface MatrixFigures {
  /** `crash`: both before and after the effect. Each: how many of the points that can meet it were struck by it and held. */
  readonly points: Readonly<Record<string, { readonly struck: number; readonly possible: number }>>;
  /** Places in our code that calls leave from; a point is such a place with all the code that led to it. */
  readonly sites: number;
  readonly runs: number;
  readonly steps: number;
  readonly violations: number;
}

/** What of a report is worth keeping. */
export function figuresOf(report: MatrixReport): MatrixFigures {
  const { figures, sites, runs, steps, violations } = report;
  const points = Object.fromEntries(MATRIX_FAULTS.map((fault) => [fault, figures[fault]]));
  return { points, sites, runs, steps, violations: violations.length };
}

/** The figures in one line: `crash points 824/824 (100 %) · lost reply 318/318 · …`. */
export function figureLine({ figures }: MatrixReport): string {
  const crashes = {
    struck: figures['crash-before'].struck + figures['crash-after'].struck,
    possible: figures['crash-before'].possible + figures['crash-after'].possible,
  };
  const share = Math.floor((100 * crashes.struck) / Math.max(1, crashes.possible));
  const others = (['lost-reply', 'error', 'hang', 'zombie', 'expiry'] as const).map(
    (fault) => `${fault.replace('-', ' ')} ${figures[fault].struck}/${figures[fault].possible}`,
  );
  return [`crash points ${crashes.struck}/${crashes.possible} (${share} %)`, ...others].join(' · ');
}

/** How to have one cell again: its story, the call, and what happened to it. */
export function cellInWords({ story, visit, fault }: Cell): string {
  return `${story.name}: ${fault} at ${visit.label} number ${visit.nth}, called by ${visit.site}`;
}
