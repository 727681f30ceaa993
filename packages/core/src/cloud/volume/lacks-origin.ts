import { conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';

/** What storage drivers say where a volume's origin is not there: see `VolumeOrigin` and `VolumeRestore`. */
const ORIGIN_MISSING = 'OriginMissing';

/**
 * Whether a volume can't come to what is asked of it, as what it is made of, or restored to, was not there when it was
 * last looked for. Who waits for it to be done with that origin would wait for good.
 */
export function lacksOrigin({ conditions }: Pick<Resource, 'conditions'>): boolean {
  return conditionOf(conditions, 'Ready')?.reason === ORIGIN_MISSING;
}
