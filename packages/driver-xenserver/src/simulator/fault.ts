/**
 * An error as XAPI reports it: a code of its catalogue and that code's parameters. It has no stack: it is an answer and
 * no mistake of the simulator's, and what an object allows is worked out by what would be refused.
 */
export class XapiFault extends Error {
  override readonly name = 'XapiFault';
  readonly code: string;
  readonly parameters: readonly string[];

  constructor(code: string, ...parameters: readonly string[]) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${code}(${parameters.join(', ')})`);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.parameters = parameters;
  }
}

/** The code and the parameters in one list, as XAPI's `error_info` has them. */
export function faultDescription(thrown: unknown): readonly string[] {
  if (thrown instanceof XapiFault) return [thrown.code, ...thrown.parameters];
  return ['INTERNAL_ERROR', thrown instanceof Error ? thrown.message : String(thrown)];
}
