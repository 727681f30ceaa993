import type { FirewallMarks, ProgramMarks } from './nft-session.js';

/** Marks of a firewall that bears none yet. */
export const NO_MARKS: FirewallMarks = { loaded: undefined, ready: undefined, turn: 0 };

/**
 * The lines that end every transaction: the marks become others if, and only if, they are still `from`. Deleting an
 * element that is not there refuses the transaction whole, so this is a compare-and-set. As each takes a turn of its own,
 * who was held up on his way is refused, too, where others have changed it there and back meanwhile.
 */
export function swapMarks(from: FirewallMarks, to: ProgramMarks): readonly string[] {
  const before = elementOf(from);
  const after = elementOf(afterSwap(from, to));
  return [
    ...(before === undefined ? [] : [`delete element inet gd marks { ${before} }`]),
    ...(after === undefined ? [] : [`add element inet gd marks { ${after} }`]),
  ];
}

/** The lines that set the marks, where there are none or whatever they were. */
export function setMarks(to: ProgramMarks, over: 'nothing' | 'anything'): readonly string[] {
  const set = swapMarks(NO_MARKS, to);
  return over === 'nothing' ? set : ['flush set inet gd marks', ...set];
}

/** The marks that a swap leaves. */
export function afterSwap({ turn }: FirewallMarks, { loaded, ready }: ProgramMarks): FirewallMarks {
  return { loaded, ready, turn: (turn + 1) % 2 ** 32 };
}

function elementOf({ loaded, ready, turn }: FirewallMarks): string | undefined {
  if (loaded === undefined) return undefined;
  return [loaded, ready ?? 0, turn].map(hexadecimal).join(' . ');
}

function hexadecimal(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}
