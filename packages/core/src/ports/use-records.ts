import type { ResourceUuid } from '../model/identity.js';

/**
 * Keeps when keys and logins were used, beside their rows: requests note it, and passes report it. It is nobody's
 * desired state, and a row must not be written for each request.
 */
export interface UseRecords {
  /** Notes that it was used at a moment, in milliseconds since the epoch. An earlier one than is known changes nothing. */
  noteUse(resource: ResourceUuid, at: number): Promise<void>;
  /** The latest moment that was noted; undefined for none. */
  lastUse(resource: ResourceUuid): Promise<number | undefined>;
}
