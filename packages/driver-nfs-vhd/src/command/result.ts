import type { ExitCode } from './exit-codes.js';

/** What a command has to say. */
export interface Result {
  /** For programs. */
  readonly json: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
  readonly exit: ExitCode;
}

/** Lines of names and values, the values under each other. */
export function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
