/** An error that XAPI answered: a code of its catalogue and that code's parameters. Nothing happened, by its account. */
export class XapiError extends Error {
  override readonly name = 'XapiError';
  readonly code: string;
  readonly parameters: readonly string[];

  constructor(code: string, parameters: readonly string[]) {
    super(code);
    this.code = code;
    this.parameters = parameters;
  }
}

/** Whether `thrown` is XAPI's error `code`, for any of the codes. */
export function isXapiError(thrown: unknown, ...codes: readonly string[]): thrown is XapiError {
  return thrown instanceof XapiError && codes.includes(thrown.code);
}
