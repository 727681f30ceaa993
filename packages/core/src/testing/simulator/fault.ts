/**
 * What can happen to a process at an I/O point, the call that leaves it (reference/kernel.md 2.1):
 * - `crash-before`, `crash-after`: it is killed before the call has its effect, or after that and before the answer.
 * - `lost-reply`: the effect is there, the caller is told of a broken connection.
 * - `error`: the other side refuses; nothing happened.
 * - `hang`: nothing happens and no answer comes; whoever waits has only its own patience.
 * - `zombie`: the process stands still for so long that others take over, and then goes on as if nothing had been.
 * - `expiry`: its lock session ends while it works.
 * - `delay`: the call takes seconds.
 * - `duplicate`: the call arrives twice.
 * - `stale`: a read answers with an older version.
 * - `partial`: only the first half of the effect happens, and the caller is told of a broken connection.
 */
export const FAULTS = [
  'crash-before',
  'crash-after',
  'lost-reply',
  'error',
  'hang',
  'zombie',
  'expiry',
  'delay',
  'duplicate',
  'stale',
  'partial',
] as const;

/** See {@link FAULTS}. */
export type Fault = (typeof FAULTS)[number];

/** What can happen to any call that is answered; some calls can meet more. */
export const CALL_FAULTS: ReadonlySet<Fault> = new Set<Fault>([
  'crash-before',
  'crash-after',
  'lost-reply',
  'error',
  'hang',
  'zombie',
  'expiry',
  'delay',
]);

/** A call on its way out of a process. */
export interface Visit {
  /** `store.record`: which port, which method. */
  readonly label: string;
  /** The label and, where call sites are looked at, the line of our code it was called from. */
  readonly site: string;
  /** How often this site has been visited in this run, this time included; from 1. */
  readonly nth: number;
  /** The number of the process, from 1. */
  readonly process: number;
  /** The faults that make sense for this call. */
  readonly possible: ReadonlySet<Fault>;
  /** Virtual time. */
  readonly at: number;
}

/** Decides what happens to calls. Asked once for each, in the order they take effect. */
export interface FaultPlan {
  decide(visit: Visit): Fault | undefined;
}

/** Nothing goes wrong. */
export const noFaults: FaultPlan = { decide: () => undefined };

/** One fault at the `nth` visit of one site; nothing else goes wrong. `struck` tells whether it came to that. */
export class OneFault implements FaultPlan {
  struck = false;
  readonly #site: string;
  readonly #nth: number;
  readonly #fault: Fault;

  constructor(site: string, nth: number, fault: Fault) {
    this.#site = site;
    this.#nth = nth;
    this.#fault = fault;
  }

  decide(visit: Visit): Fault | undefined {
    if (this.struck || visit.nth !== this.#nth || visit.site !== this.#site) return undefined;
    if (!visit.possible.has(this.#fault)) return undefined;
    this.struck = true;
    return this.#fault;
  }
}
