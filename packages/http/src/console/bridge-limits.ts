/** How long an open console may live, and how long it may say nothing; milliseconds. */
export interface BridgeLimits {
  readonly totalMs: number;
  readonly idleMs: number;
  /** How often the client is asked for a sign of life; one that gives none until the next time is gone. */
  readonly heartbeatMs: number;
}
