import { writeFile } from 'node:fs/promises';
import type { DriverTraits } from '../../ports/driver.js';
import type { Level } from './check.js';
import type { Struck } from './faults/coverage.js';
import type { PointFault } from './stage/doors.js';

/** Grows whenever checks are added or become stricter. */
export const KIT_VERSION = '1.2.0';

/** What became of a check. */
export interface CheckResult {
  readonly id: string;
  readonly level: Level;
  readonly theme: string;
  /** The rule, in a sentence. */
  readonly rule: string;
  /** Where the rule is written. */
  readonly where: string;
  readonly state: 'ok' | 'failed' | 'skipped';
  /** Of a failed check: what the rule demands. */
  readonly expected?: string;
  /** Of a failed check: what was seen instead. */
  readonly seen?: string;
  /** Of a skipped check: why it says nothing about this driver. */
  readonly reason?: string;
}

/** A report as it is written. New fields may be added; a change of meaning changes `version`. */
export interface ReportDocument {
  readonly format: 'gdcloud-conformance';
  readonly version: 1;
  readonly kit: string;
  readonly subject: string;
  readonly driver: string;
  readonly traits: DriverTraits | null;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly seed: number;
  readonly levels: readonly Level[];
  readonly summary: {
    readonly ok: number;
    readonly failed: number;
    readonly skipped: number;
  };
  /** For each fault, how many of the driver's I/O points it struck, of how many there are. */
  readonly points: Readonly<Record<PointFault, Struck>>;
  readonly checks: readonly CheckResult[];
}

const MARKS = { ok: '✔', failed: '✘', skipped: '·' } as const;

/** What the kit found out. */
export class ConformanceReport {
  readonly document: ReportDocument;

  constructor(document: ReportDocument) {
    this.document = document;
  }

  /** Whether every check that applies was passed. */
  get green(): boolean {
    return this.failed.length === 0;
  }

  get failed(): readonly CheckResult[] {
    return this.document.checks.filter(({ state }) => state === 'failed');
  }

  /** Throws, with every broken rule in the message, unless the report is green. For any test runner. */
  assert(): void {
    if (this.green) return;
    const rules = this.failed.map(describe).join('\n\n');
    throw new Error(`${this.failed.length} rules of the driver contract are broken\n\n${rules}\n`);
  }

  /** The report for people: a matrix of all checks, what failed and why, and the points that were struck. */
  get text(): string {
    const { document } = this;
    const { ok, failed, skipped } = document.summary;
    const lines = [
      `${document.subject} (${document.driver}), conformance kit ${document.kit}`,
      ...themes(document.checks).map(row),
      `${document.checks.length} checks: ${ok} ok, ${failed} failed, ${skipped} skipped`,
      this.pointsLine,
    ];
    if (failed > 0) lines.push('', ...this.failed.map(describe));
    return `${lines.join('\n')}\n`;
  }

  /** `crash points 46/46 · lost reply 23/23 · …`: each point can be crashed at before and after its effect. */
  get pointsLine(): string {
    const { points } = this.document;
    const { 'crash-before': before, 'crash-after': after } = points;
    const crashes = {
      struck: before.struck + after.struck,
      reached: before.reached + after.reached,
    };
    return [
      figure('crash points', crashes),
      figure('lost reply', points['lost-reply']),
      figure('error', points.error),
      figure('hang', points.hang),
      figure('zombie', points.zombie),
    ].join(' · ');
  }

  /** Writes the document as JSON. */
  async write(file: string): Promise<void> {
    await writeFile(file, `${JSON.stringify(this.document, undefined, 2)}\n`);
  }
}

function figure(name: string, { struck, reached }: Struck): string {
  return `${name} ${struck}/${reached}`;
}

function describe(check: CheckResult): string {
  return [
    `✘ ${check.id}: ${check.rule}`,
    `    expected  ${check.expected ?? ''}`,
    `    seen      ${check.seen ?? ''}`,
    `    written   ${check.where}`,
  ].join('\n');
}

interface Row {
  readonly level: Level;
  readonly theme: string;
  readonly states: readonly CheckResult['state'][];
}

function themes(checks: readonly CheckResult[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { level, theme, state } of checks) {
    const name = `${level} ${theme}`;
    rows.set(name, { level, theme, states: [...(rows.get(name)?.states ?? []), state] });
  }
  return [...rows.values()];
}

function row({ level, theme, states }: Row): string {
  return `  L${level}  ${theme.padEnd(10)} ${states.map((state) => MARKS[state]).join('')}`;
}
