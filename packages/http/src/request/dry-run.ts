import { RequestError } from '@gdcloud/core';
import type { Query } from './query.js';

/** Whether a request is to be carried out, or only planned. */
export type DryRun = 'plan' | 'no';

const NAME = 'dryRun';

/**
 * Reads `dryRun` of a query. Its name is known in any case: a slip must not make a question an order. Throws
 * InvalidOption for a value that is not known, InvalidQuery where nothing would change anyway.
 */
export function dryRunOf(query: Query, method: string): DryRun {
  const given = query.parameters.filter(({ name }) => name.toLowerCase() === NAME.toLowerCase());
  const [first, second] = given;
  if (first === undefined) return 'no';
  if (second !== undefined) {
    throw new RequestError('InvalidQuery', `${NAME} is given twice`, { fieldName: NAME });
  }
  if (first.value !== 'plan') {
    throw new RequestError('InvalidOption', `${NAME} must be plan`, { fieldName: NAME });
  }
  if (method === 'GET') {
    throw new RequestError('InvalidQuery', `${NAME} is for POST, PUT and DELETE`, {
      fieldName: NAME,
    });
  }
  return 'plan';
}
