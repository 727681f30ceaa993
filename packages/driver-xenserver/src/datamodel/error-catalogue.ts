import { ERROR_TABLE } from './errors.generated.js';

/** The names of the parameters of every error code that XAPI documents. Not every error raised is documented. */
export const ERROR_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map(
  ERROR_TABLE.trim()
    .split('\n')
    .map((row) => {
      const [code = '', ...parameters] = row.split(' ');
      return [code, parameters] as const;
    }),
);
