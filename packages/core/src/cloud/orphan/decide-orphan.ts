import type { Resource } from '../../model/resource.js';
import { type Stall, stall } from '../../model/stall.js';
import type { orphan } from './orphan.js';
import type { OrphanPolicy, OrphanSettings } from './orphan-settings.js';

/** So many sweeps in a row must have found it before anything is done to it. */
const ENOUGH_SIGHTINGS = 2;
/** And so long must it have been there: longer than anything that is being made or moved; milliseconds. */
const OLD_ENOUGH = 15 * 60_000;
/** At most so many intervals ago the last sweep must have found it: what is no longer ours to list is left alone. */
const LATELY = 2;

/** All that what becomes of an orphan is decided from. */
export interface OrphanFacts {
  readonly disposition: OrphanPolicy | 'policy';
  readonly settings: OrphanSettings;
  /** What the driver can and must not do. */
  readonly holdsData: boolean;
  readonly quarantine: 'possible' | 'impossible';
  readonly sightings: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Null while it is not set aside. */
  readonly quarantinedAt: number | null;
  readonly now: number;
}

/** What becomes of an orphan now. */
export type OrphanDecision =
  /** Nothing more, unless somebody asks. */
  | { readonly kind: 'rest'; readonly message: string }
  /** Nothing before more is known or time has passed. */
  | { readonly kind: 'wait'; readonly afterMs: number; readonly message: string }
  /** What is wanted can't be done; a person must choose something else. */
  | Stall
  | { readonly kind: 'quarantine' }
  | { readonly kind: 'reap' };

/**
 * The ladder report, quarantine, reap (reference/kernel.md 1.12); pure. Nothing is done on one sighting, and what holds
 * data goes no further than quarantine unless an administrator asks for just this object.
 */
export function decideOrphan(facts: OrphanFacts): OrphanDecision {
  const { disposition, settings, quarantinedAt } = facts;
  const wanted = disposition === 'policy' ? settings.policy : disposition;
  if (wanted === 'report') {
    return quarantinedAt === null
      ? { kind: 'rest', message: 'it is only reported: ask for quarantine or reap to have it go' }
      : { kind: 'rest', message: 'it stays in quarantine, where it was put before' };
  }
  const unconfirmed = confirmation(facts);
  if (unconfirmed !== undefined) return unconfirmed;
  if (quarantinedAt === null) return decideQuarantine(facts);
  if (wanted === 'quarantine') {
    return { kind: 'rest', message: 'it is in quarantine: ask for reap to have it removed' };
  }
  return decideReap(facts, quarantinedAt);
}

function confirmation(facts: OrphanFacts): OrphanDecision | undefined {
  const { sightings, firstSeenAt, lastSeenAt, now, settings } = facts;
  if (sightings < ENOUGH_SIGHTINGS) {
    const message = `${sightings} of ${ENOUGH_SIGHTINGS} sweeps have found it`;
    return { kind: 'wait', afterMs: settings.everyMs, message };
  }
  const left = firstSeenAt + OLD_ENOUGH - now;
  if (left > 0) {
    return { kind: 'wait', afterMs: left, message: 'it was found less than 15 minutes ago' };
  }
  if (now - lastSeenAt > LATELY * settings.everyMs) {
    return { kind: 'wait', afterMs: settings.everyMs, message: 'no sweep has found it lately' };
  }
  return undefined;
}

function decideQuarantine({ disposition, holdsData, quarantine }: OrphanFacts): OrphanDecision {
  if (quarantine === 'possible') return { kind: 'quarantine' };
  if (disposition === 'reap' && !holdsData) return { kind: 'reap' };
  return stall(
    'QuarantineNotSupported',
    `its driver can not set objects aside, so it is only reported: ${
      holdsData ? 'ask to ignore it' : 'ask for reap, or to ignore it'
    }`,
  );
}

function decideReap(facts: OrphanFacts, quarantinedAt: number): OrphanDecision {
  const { disposition, holdsData, settings, now } = facts;
  if (disposition === 'reap') return { kind: 'reap' };
  if (holdsData) {
    return {
      kind: 'rest',
      message: 'it may hold data, so it stays in quarantine until an administrator asks for reap',
    };
  }
  const left = quarantinedAt + settings.reapAfterMs - now;
  return left > 0
    ? { kind: 'wait', afterMs: left, message: 'it is in quarantine and will be removed later' }
    : { kind: 'reap' };
}

/** What is known of an orphan after a look that showed it: a sweep's finding counts once, however often it is looked at. */
export function sighted({ spec, status }: Resource<typeof orphan>): {
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly sightings: number;
} {
  const { firstSeenAt, lastSeenAt, sightings } = status;
  const known = {
    firstSeenAt: firstSeenAt ?? spec.sightedAt,
    lastSeenAt: lastSeenAt ?? spec.sightedAt,
    sightings: sightings ?? 0,
  };
  if (known.sightings > 0 && spec.sightedAt <= known.lastSeenAt) return known;
  return { ...known, lastSeenAt: spec.sightedAt, sightings: known.sightings + 1 };
}
