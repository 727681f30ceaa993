import type { ExternalId, ResourceUuid } from './identity.js';
import type { Resource } from './resource.js';

/** An outside object by what its stamp and its backend say of it. */
export interface StampedObject {
  readonly external: ExternalId;
  readonly uuid: ResourceUuid;
  readonly epoch: number;
}

/**
 * Whether an object that carries our stamp belongs to nobody. `owner` is the row with the object's uuid as it was read
 * after the object was seen: a row is always there before anything is made for it, so none means that none will come.
 *
 * A live row protects everything under its uuid, half-made and duplicate objects included, with one exception: an
 * object that was made anew: the row has replaced every part that may be an object of this driver, has nothing of it
 * under way, and does not know the object by name. Objects whose name we choose are called the same in
 * every epoch, so of them a live row's are never orphans.
 */
export function isOrphaned(
  object: StampedObject,
  owner: Resource | undefined,
  driver: { readonly name: string; readonly identity: 'chosen' | 'stamped' },
): boolean {
  if (owner === undefined || owner.removed !== null) return true;
  if (driver.identity === 'chosen') return false;
  const parts = Object.values(owner.parts).filter(
    (part) => part.driver === undefined || part.driver === driver.name,
  );
  return (
    parts.length > 0 &&
    parts.every(
      ({ state, epoch, external }) =>
        state === 'recorded' && epoch > object.epoch && external !== object.external,
    )
  );
}
