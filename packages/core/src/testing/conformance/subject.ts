import type { Clock } from '../../ports/clock.js';
import type { Driver } from '../../ports/driver.js';
import type { Random } from '../../ports/random.js';

/** What the kit examines: a driver, by way of backends it can be opened on, and what may be asked of it. */
export interface Subject<Desired, Actual> {
  /** As the report calls it: `file-directory`. */
  readonly name: string;
  /** Makes a new, empty backend. Called for every check, often many times. */
  backend(env: BackendEnv): Backend<Desired, Actual> | Promise<Backend<Desired, Actual>>;
  /** Level 3 only: the real thing, at a real endpoint, with real time. Opened once; may hold objects of others. */
  live?(env: BackendEnv): Backend<Desired, Actual> | Promise<Backend<Desired, Actual>>;
  readonly specs: Specs<Desired>;
  /**
   * Checks this driver is known not to pass, by id, with the reason. They are reported as skipped with the reason, and
   * one that has come to pass fails, so that no waiver outlives its need.
   */
  readonly waived?: Readonly<Record<string, string>>;
}

/** Desired states to try. Plain data: the kit freezes it. */
export interface Specs<Desired> {
  /** At least one; the first is what most checks use. */
  readonly valid: readonly Desired[];
  /** From one desired state to another on the same object. */
  readonly changes: readonly (readonly [from: Desired, to: Desired])[];
  /** What can never work: refused as `invalid` before anything happens. */
  readonly invalid: readonly Desired[];
  /**
   * A desired state as the `nth` object of a backend is to have it, from 0, where two objects can't have the same: with
   * an address or a tag of its own. Absent: all can look alike. Must keep apart only what has to be.
   */
  apart?(desired: Desired, nth: number): Desired;
  /** Fields of `actual` that only the backend knows, so that {@link Driver.foresee} need not tell them. Default: none. */
  readonly unforeseen?: readonly string[];
  /** The first valid one under a name that people see; absent for objects without such names. */
  named?(name: string): Desired;
}

/** What a backend is made with. */
export interface BackendEnv {
  /** Virtual, but for level 3. What a backend does slowly, it does by this clock. */
  readonly clock: Clock;
  /** Seeded. */
  readonly random: Random;
}

/** A backend and the ways the kit looks at it, and tampers with it, behind the driver's back. */
export interface Backend<Desired, Actual> {
  /** A driver as a process that has just started would have it: nothing is shared with the one before. Does no I/O. */
  open(process: DriverProcess): Driver<Desired, Actual>;
  /** External ids of all objects there are, ours or not. Half-made ones count where the backend would show them. */
  objects(): readonly string[] | Promise<readonly string[]>;
  /** Cuts the backend off: what a driver asks fails as it does when the real one is unreachable. */
  down?(): void;
  /** Connects it again. */
  up?(): void;
  /** Removes an object from outside, as an operator of the backend might. */
  destroy?(external: string): void | Promise<void>;
  /**
   * How long a look may still show what was before something outside the process has changed it, in milliseconds: where
   * the driver is told of changes by the backend. Default 0.
   */
  readonly noticedAfterMs?: number;
  /** Makes an object that is not ours but as like ours as it gets, called `name` where objects have names. Returns its external id. */
  makeForeign?(name: string): string | Promise<string>;
  /**
   * `virtual`: nothing behind the doors takes real time, so what does not answer at once waits for the clock; saves much
   * time where a backend is slow by its clock. Default `real`.
   */
  readonly effects?: 'real' | 'virtual';
  /** What a door of the driver throws when a reply is lost; by default an Error with code `ETIMEDOUT`. */
  lostReply?(door: string): unknown;
  /** After how many milliseconds without an answer the doors fail as for a lost reply; absent: they wait for ever. */
  readonly patienceMs?: number;
  /** What a door of the driver throws when it refuses and nothing has happened; by default an Error with code `EIO`. */
  refusal?(door: string): unknown;
  /** Passwords, tokens, session ids: texts that must never occur in what the driver says. */
  readonly secrets?: readonly string[];
  /** Ends what the backend holds (servers, folders). */
  close?(): void | Promise<void>;
}

/** What the process gives that a driver runs in. All of it dies with the process. */
export interface DriverProcess {
  /**
   * Makes every method of a door to the backend an I/O point that the kit can crash, fail and delay. Each must return a
   * promise. What a door hands out that has methods of its own (an open file) is a door too: the backend passes it
   * through `io` as well. `name` is for the report.
   */
  io<Port extends object>(name: string, port: Port): Port;
  /** What the system does with what it held once it is dead: closes its files, cuts its connections. */
  atEnd(work: () => void): void;
  /**
   * Ends what goes on beside all calls (a watch), as the kernel does when it stops, before the kit looks whether anything
   * is left of them.
   */
  atRest(work: () => void): void;
  /** The driver's only source of time. */
  readonly clock: Clock;
  readonly random: Random;
}
