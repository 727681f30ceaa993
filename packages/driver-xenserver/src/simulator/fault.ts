/** An error as XAPI reports it: a code of its catalogue and that code's parameters. */
export class XapiFault extends Error {
  override readonly name = 'XapiFault';
  readonly code: string;
  readonly parameters: readonly string[];

  constructor(code: string, ...parameters: readonly string[]) {
    super(`${code}(${parameters.join(', ')})`);
    this.code = code;
    this.parameters = parameters;
  }
}

/** The code and the parameters in one list, as XAPI's `error_info` has them. */
export function faultDescription(thrown: unknown): readonly string[] {
  if (thrown instanceof XapiFault) return [thrown.code, ...thrown.parameters];
  return ['INTERNAL_ERROR', thrown instanceof Error ? thrown.message : String(thrown)];
}
