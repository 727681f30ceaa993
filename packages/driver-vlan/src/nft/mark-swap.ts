import type { FirewallMarks } from './nft-session.js';

/** The set that holds the marks; the constant program makes it. */
export const MARK_SET = 'add set inet gd rev { type mark . mark; }';

/**
 * The lines that end every transaction: the marks become others if, and only if, they are still `from`. Deleting an
 * element that is not there refuses the transaction whole, so this is a compare-and-set.
 */
export function swapMarks(from: FirewallMarks, to: FirewallMarks): readonly string[] {
  const before = elementOf(from);
  const after = elementOf(to);
  return [
    ...(before === undefined ? [] : [`delete element inet gd rev { ${before} }`]),
    ...(after === undefined ? [] : [`add element inet gd rev { ${after} }`]),
  ];
}

/** The lines that set the marks, where there are none or whatever they were. */
export function setMarks(to: FirewallMarks, over: 'nothing' | 'anything'): readonly string[] {
  const set = swapMarks({ loaded: undefined, ready: undefined }, to);
  return over === 'nothing' ? set : ['flush set inet gd rev', ...set];
}

function elementOf({ loaded, ready }: FirewallMarks): string | undefined {
  return loaded === undefined ? undefined : `${hexadecimal(loaded)} . ${hexadecimal(ready ?? 0)}`;
}

function hexadecimal(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}
