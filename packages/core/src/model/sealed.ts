/** Exists for the compiler only. */
declare const KEPT: unique symbol;

/**
 * A text as it is kept at rest: nothing to read without the key. What it is made of is nobody's business but the
 * kernel's: `{ "sealed": "…" }`, which no caller's text can be taken for; in rows of earlier releases the text itself.
 */
export interface Sealed {
  readonly [KEPT]: 'sealed';
}
