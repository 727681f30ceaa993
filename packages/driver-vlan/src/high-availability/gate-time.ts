/** For how long what is sent to a gate opens it. Each is asked just before it is sent; undefined: nothing may be sent. */
export interface GateTime {
  /** How long it may take until an armed gate is opened; milliseconds. */
  arm(): number | undefined;
  /** How long a gate that is opened stays open by itself; milliseconds. */
  open(): number | undefined;
  /** How long a gate stays open that is refreshed; milliseconds. */
  refresh(): number | undefined;
  /** What was told last; milliseconds. */
  readonly last: number;
  /** From one refresh, or look, to the next; milliseconds. */
  readonly everyMs: number;
  /** By when a gate has closed by itself, counted from the last sending; milliseconds. */
  readonly longestMs: number;
  /** Until a gate that has closed by itself may be opened again; milliseconds. Undefined: not by the same mandate. */
  readonly reopenMs: number | undefined;
}
