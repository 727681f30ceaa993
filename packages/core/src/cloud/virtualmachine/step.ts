import type { Outcome } from '../../ports/reconciler.js';

/** What a step towards a server has come to, or how its pass ends before there is a server. */
export type Step<Value> =
  | { readonly kind: 'have'; readonly value: Value }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** A step that the next ones can go on from. */
export function have<Value>(value: Value): Step<Value> {
  return { kind: 'have', value };
}

/** The end of a pass. */
export function end(outcome: Outcome): { readonly kind: 'end'; readonly outcome: Outcome } {
  return { kind: 'end', outcome };
}
