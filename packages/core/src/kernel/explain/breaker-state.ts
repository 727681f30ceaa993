/** How the circuit to one backend stands: calls go through, are held back, or one is let through to see. */
export type BreakerState = {
  /** The driver's name, or what its drivers' names begin with: `xenserver` for `xenserver.servers`. */
  readonly backend: string;
  readonly state: 'closed' | 'open' | 'probing';
  /** Since when it is in this state; milliseconds since the epoch. */
  readonly since: number;
  /** When a call is let through again; null while it is closed. Milliseconds since the epoch. */
  readonly nextProbeAt: number | null;
  /** What opened it, in words; null while it is closed. */
  readonly failure: string | null;
};

/** Whether a breaker is that of the driver with this name. */
export function guards({ backend }: BreakerState, driver: string): boolean {
  return driver === backend || driver.startsWith(`${backend}.`);
}
