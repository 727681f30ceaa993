import { type DeviceName, trunkDevice } from '../plan/plan-names.js';

/** How an appliance shares its networks with another of the same pair. */
export type HighAvailabilitySettings =
  /** It is alone. What it carries outlives its agent. */
  { readonly kind: 'none' } | LeaseSettings | VrrpSettings;

/** The one that holds a lock of the cloud's lock service is heard. */
export interface LeaseSettings {
  readonly kind: 'lease';
  /** What both appliances call their pair, and no other pair is called: letters, digits and hyphens. */
  readonly pair: string;
  /** How often the one that stands by asks for the lock: milliseconds, 20 to 2,000, default 100. */
  readonly pollMs?: number | undefined;
  /**
   * How long an appliance is heard at most after its agent has died or stopped: milliseconds, 100 to 10,000, default 1,000.
   * It is less where the lock service may give the lock to another earlier.
   */
  readonly closeAfterMs?: number | undefined;
}

/** The master of VRRP is heard, for which each machine runs one keepalived. */
export interface VrrpSettings {
  readonly kind: 'vrrp';
  /** What both appliances call their pair. */
  readonly pair: string;
  /** The network card by which the two hear each other; it has an IPv4 address. Best one that networks leave by as well. */
  readonly device: string;
  /** The same on both, and no other's on that network: 1 to 255. */
  readonly routerId: number;
  /** One of the two is `first`. It decides only where both would begin at once. */
  readonly rank: 'first' | 'second';
  /** From one advertisement to the next: milliseconds, 100 to 1,000 in tens, default 200. The other takes over after three. */
  readonly advertiseMs?: number | undefined;
}

/** {@link VrrpSettings} that were found right. */
export interface VrrpPair {
  readonly kind: 'vrrp';
  readonly pair: string;
  readonly device: DeviceName;
  readonly routerId: number;
  readonly rank: 'first' | 'second';
  readonly advertiseMs: number;
}

/** {@link LeaseSettings} that were found right, with what was left out. */
export interface LeasePair {
  readonly kind: 'lease';
  readonly pair: string;
  readonly pollMs: number;
  readonly closeAfterMs: number;
}

/** Checks settings; undefined: it is alone. Throws TypeError, naming the field. */
export function highAvailability(
  settings: HighAvailabilitySettings | undefined,
): LeasePair | VrrpPair | undefined {
  if (settings === undefined || settings.kind === 'none') return undefined;
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(settings.pair)) {
    throw wrong('pair', 'it is 1 to 32 of a-z, 0-9 and -');
  }
  switch (settings.kind) {
    case 'lease': {
      const { kind, pair, pollMs = 100, closeAfterMs = 1_000 } = settings;
      return {
        kind,
        pair,
        pollMs: between('pollMs', pollMs, 20, 2_000),
        closeAfterMs: between('closeAfterMs', closeAfterMs, 100, 10_000),
      };
    }
    case 'vrrp': {
      const { kind, pair, rank, advertiseMs = 200 } = settings;
      if (advertiseMs % 10 !== 0) throw wrong('advertiseMs', 'it is in tens of milliseconds');
      return {
        kind,
        pair,
        rank,
        device: trunkDevice(settings.device, 'highAvailability.device'),
        routerId: between('routerId', settings.routerId, 1, 255),
        advertiseMs: between('advertiseMs', advertiseMs, 100, 1_000),
      };
    }
  }
}

function between(field: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw wrong(field, `it is a whole number from ${least} to ${most}`);
}

function wrong(field: string, rule: string): TypeError {
  return new TypeError(`highAvailability.${field}: ${rule}`);
}
