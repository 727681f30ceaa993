import { asFence, type Fence } from '../../model/identity.js';

/**
 * A lock's token: the incarnation, the transaction that made the lock's node, and for locks within a partition a count.
 * All of fixed width, so that tokens compare as text. It begins as those of the lock service in memory do.
 */
export function fenceOf(incarnation: number, czxid: number, count?: number): Fence {
  const token = `${hex(incarnation, 8)}.${hex(czxid, 16)}`;
  return asFence(count === undefined ? token : `${token}.${hex(count, 12)}`);
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
