/** Time. Nothing in the kernel, the cloud's types or a driver knows another source of it. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. For stamps, never for measuring. */
  now(): number;

  /** Milliseconds that only grow, from an arbitrary start. For measuring. */
  monotonic(): number;

  /** Calls `fire` once, `ms` later at the earliest, unless cancelled. Never keeps a process alive by itself. */
  schedule(ms: number, fire: () => void): Cancel;
}

/** Takes a scheduled call back. May be called at any time, any number of times. */
export type Cancel = () => void;
