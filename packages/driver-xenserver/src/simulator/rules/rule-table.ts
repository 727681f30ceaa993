import type { XapiFault } from '../fault.js';

/** What speaks against an operation on an object with these facts; undefined when nothing does. */
export type Rule<Operation extends string, Facts> = (
  operation: Operation,
  facts: Facts,
) => XapiFault | undefined;

/** The first fault that one of `rules` finds, in their order: the one XAPI reports. */
export function firstFault<Operation extends string, Facts>(
  rules: readonly Rule<Operation, Facts>[],
  operation: Operation,
  facts: Facts,
): XapiFault | undefined {
  for (const rule of rules) {
    const fault = rule(operation, facts);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** An operation under way, by the task that carries it out. */
export interface RunningOperation {
  readonly task: string;
  readonly name: string;
}
