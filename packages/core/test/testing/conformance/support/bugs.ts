import type { Bug } from './bug.js';
import { CALLING_BUGS } from './calling-bugs.js';
import { CHANGING_BUGS } from './changing-bugs.js';
import { IDENTITY_BUGS } from './identity-bugs.js';
import { LOOKING_BUGS } from './looking-bugs.js';

/** Mistakes that driver authors make. Each differs from the correct driver in one way. */
export const BUGS: readonly Bug[] = [
  ...IDENTITY_BUGS,
  ...LOOKING_BUGS,
  ...CHANGING_BUGS,
  ...CALLING_BUGS,
];
