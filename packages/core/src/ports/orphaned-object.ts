import type { Unsettled } from './reconciler.js';

/**
 * An object outside that carries our stamp and belongs to no live resource, as a pass sees it. Every method reads the
 * owner's row again, right before it acts: what a live resource claims is left alone, and the step fails `rejected`.
 */
export interface OrphanedObject {
  /** Looks, and changes nothing. */
  look(): Promise<OrphanLook>;
  /** Takes a step towards setting it aside; `done` once it is. Throws `TypeError` when the driver can't. */
  quarantine(): Promise<Quarantining>;
  /** Takes a step towards its absence, which the next look shows. */
  reap(): Promise<Unsettled>;
}

/** What a look at an orphan showed. */
export type OrphanLook =
  | { readonly kind: 'present' }
  | { readonly kind: 'absent' }
  /** By a live resource: it is no orphan, or none any more. */
  | { readonly kind: 'claimed' }
  | Unsettled;

/** A step towards quarantine was taken: the reconciler returns `outcome`. */
export interface Quarantining extends Unsettled {
  readonly quarantine: 'done' | 'under way';
}
