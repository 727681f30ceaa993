import type { Figure } from './figure.js';
import { reportOf, saveReport, tableOf } from './report.js';

/** A part of a benchmark that can be run alone. */
export interface Part {
  readonly name: string;
  readonly what: string;
}

/** The parts that are named, in their own order; all of them where none is. Throws TypeError for a name there is not. */
export function chosen<P extends Part>(
  parts: readonly P[],
  names: readonly string[],
): readonly P[] {
  const unknown = names.find((name) => parts.every((part) => part.name !== name));
  if (unknown !== undefined) {
    throw new TypeError(
      `there is no part ${unknown}; there are ${parts.map(({ name }) => name).join(', ')}`,
    );
  }
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name));
}

/** The parts as lines of a help text. */
export function partsInWords(parts: readonly Part[]): string {
  return parts.map(({ name, what }) => `  ${name.padEnd(14)}${what}\n`).join('');
}

/** Tells of progress on standard error: with --json, standard output holds nothing but the report. */
export function tell(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}

/** Prints what was measured, and keeps it where that is asked for. */
export async function publish(
  bench: string,
  figures: readonly Figure[],
  { save, json }: { readonly save: boolean; readonly json: boolean },
): Promise<void> {
  const report = reportOf(bench, figures);
  if (save) tell(`saved ${await saveReport(report)}`);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : tableOf(report));
}
