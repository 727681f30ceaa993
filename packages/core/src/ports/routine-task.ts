/** Work that belongs to no single resource and runs from time to time: taking stock of hosts, forgetting tombstones. */
export interface RoutineTask {
  /** For logs. */
  readonly name: string;
  /** How long to wait after the end of one run before the next; the kernel adds some jitter. */
  readonly everyMs: number;
  /**
   * How long one run may take; milliseconds. Default a minute; Infinity for one that is meant to last. What takes longer
   * has failed: its signal aborts, and it is run again whether it has ended or not.
   */
  readonly limitMs?: number | undefined;
  /** Runs once. May fail; it is logged and tried again next time. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}
