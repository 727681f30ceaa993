import { RequestError } from '@gdcloud/core';
import type { Query } from './query.js';

const DEFAULT = 100;
const MAX = 1000;

/**
 * How many resources a page has: `limit`, 100 without, 1,000 when more is asked for. Throws InvalidQuery unless it is a
 * positive whole number (bad input B10).
 */
export function pageSize(query: Query): number {
  const text = query.get('limit');
  if (text === undefined) return DEFAULT;
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) === 0) {
    throw new RequestError('InvalidQuery', 'limit must be a whole number from 1 to 1000', {
      fieldName: 'limit',
    });
  }
  return Math.min(Number(text), MAX);
}
