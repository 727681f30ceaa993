import type { ResourceUuid } from '../../model/identity.js';
import type { DriverCall } from '../driver.js';

/**
 * One appliance of a pair, as whoever has the pair sees it. Both have all networks; one of them at a time is active, which
 * they settle among themselves, by a lease. It takes over only with a permit, and permits end by themselves: so one that
 * missed what others were told can be left out of account after a while, without being asked.
 */
export interface PairMember {
  /** How it stands now. Changes nothing. */
  standing(call: DriverCall): Promise<PairStanding>;

  /**
   * All networks that it has anything of, each with the revision that is carried out as a whole; null where that is not
   * certain. Changes nothing.
   */
  holdings(call: DriverCall): Promise<ReadonlyMap<ResourceUuid, number | null>>;

  /** Lets it take over. Does nothing where the stamp is none of its present life. */
  permit(permit: TakeoverPermit, call: DriverCall): Promise<void>;
}

/** How an appliance of a pair stands. */
export interface PairStanding {
  /** `active`: it is heard. */
  readonly is: 'active' | 'standby';
  /** Whether nobody else of the pair can be heard while it is active, whatever breaks: so with a lease, and not with VRRP. */
  readonly exclusive: 'yes' | 'no';
  /** This moment by its own clock, in its own words. */
  readonly stamp: string;
  /** How much longer it may take over; milliseconds. */
  readonly permittedMs: number;
}

/** What lets an appliance take over: from the moment of its stamp, for so long. */
export interface TakeoverPermit {
  readonly stamp: string;
  /** Milliseconds. */
  readonly forMs: number;
}

/** What a cloud has on record of what the appliances of its networks were told. Each look is as new as its call, or newer. */
export interface DocumentsOnRecord {
  /** Of all networks that appliances may have. Throws PortUnavailable where it can't be looked up. */
  all(): Promise<ReadonlyMap<ResourceUuid, DocumentOnRecord>>;
  /** Of one; `leaving`: no appliance is to have it any more; undefined: nothing is known of it. Throws as `all`. */
  of(network: ResourceUuid): Promise<DocumentOnRecord | 'leaving' | 'removed' | undefined>;
}

/** Revisions of a network's document. */
export interface DocumentOnRecord {
  /** The last one that an appliance may have been told. */
  readonly told: number;
  /** The last one that was seen to be followed; null: none yet. What it says may be relied upon by others. */
  readonly followed: number | null;
}
