import type { FailureKind } from './failure-kind.js';
import { FAMILIES } from './families.js';
import { ROWS } from './rows.js';
import { storageFailure } from './storage.js';

/**
 * What is said of a code that no table knows: newer releases have codes of their own. Whether anything happened is not
 * known, so it is looked at again.
 */
const UNKNOWN: FailureKind = {
  outcome: 'ambiguous',
  reason: 'fails for a reason that this driver does not know',
  remedy: 'Look the code up in the documentation of the XenServer API.',
};

/** What a code of XAPI's says, and which rule says so. Every code has an answer, and none is a success. */
export function classify(code: string): {
  readonly by: 'row' | 'family' | 'unknown';
  readonly kind: FailureKind;
} {
  const row = Object.hasOwn(ROWS, code) ? ROWS[code] : storageFailure(code);
  if (row !== undefined) return { by: 'row', kind: row };
  const family = FAMILIES.find(({ codes }) => codes.test(code));
  return family === undefined
    ? { by: 'unknown', kind: UNKNOWN }
    : { by: 'family', kind: family.kind };
}
