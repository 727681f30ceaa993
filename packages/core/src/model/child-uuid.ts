import { createHash } from 'node:crypto';
import { asUuid, type ResourceUuid } from './identity.js';

/**
 * The identity of the resource that plays `role` for `parent`: the same whoever asks and however often, so that a
 * child is never made twice. UUIDv8 with the parent's time in front, so that it sorts next to it.
 */
export function childUuid(parent: ResourceUuid, role: string): ResourceUuid {
  const hash = createHash('sha256').update(`${parent}/${role}`).digest('hex');
  return asUuid(
    `${parent.slice(0, 13)}-8${hash.slice(0, 3)}-a${hash.slice(3, 6)}-${hash.slice(6, 18)}`,
  );
}
