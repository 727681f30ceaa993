/** How an appliance shares its networks with another of the same pair. */
export type HighAvailabilitySettings =
  /** It is alone. What it carries outlives its agent. */
  { readonly kind: 'none' } | LeaseSettings;

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

/** Settings that were found right, with what was left out. */
export interface LeasePair {
  readonly kind: 'lease';
  readonly pair: string;
  readonly pollMs: number;
  readonly closeAfterMs: number;
}

/** Checks settings; undefined: it is alone. Throws TypeError, naming the field. */
export function highAvailability(
  settings: HighAvailabilitySettings | undefined,
): LeasePair | undefined {
  if (settings === undefined || settings.kind === 'none') return undefined;
  const { kind, pair, pollMs = 100, closeAfterMs = 1_000 } = settings;
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(pair)) {
    throw wrong('pair', 'it is 1 to 32 of a-z, 0-9 and -');
  }
  return {
    kind,
    pair,
    pollMs: between('pollMs', pollMs, 20, 2_000),
    closeAfterMs: between('closeAfterMs', closeAfterMs, 100, 10_000),
  };
}

function between(field: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw wrong(field, `it is ${least} to ${most} milliseconds`);
}

function wrong(field: string, rule: string): TypeError {
  return new TypeError(`highAvailability.${field}: ${rule}`);
}
