import { BATMAP_DAMAGES } from './batmap-damages.js';
import { BLOCK_DAMAGES } from './block-damages.js';
import type { Damage } from './damage.js';
import { FIXED_DAMAGES } from './fixed-damages.js';
import { FOOTER_DAMAGES } from './footer-damages.js';
import { HEADER_DAMAGES } from './header-damages.js';
import { LOCATOR_DAMAGES } from './locator-damages.js';

/** Every kind of damage that is made. */
export const DAMAGES: readonly Damage[] = [
  ...FOOTER_DAMAGES,
  ...HEADER_DAMAGES,
  ...BLOCK_DAMAGES,
  ...BATMAP_DAMAGES,
  ...LOCATOR_DAMAGES,
  ...FIXED_DAMAGES,
];
