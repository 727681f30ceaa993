/** Work that belongs to no single resource and runs from time to time: taking stock of hosts, forgetting tombstones. */
export interface RoutineTask {
  /** For logs. */
  readonly name: string;
  /** How long to wait after the end of one run before the next; the kernel adds some jitter. */
  readonly everyMs: number;
  /** Runs once. May fail; it is logged and tried again next time. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}
