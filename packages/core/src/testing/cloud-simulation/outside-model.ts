import type { DriverFailure } from '../../model/errors.js';
import type { ExternalId, Fence, OperationKey, ResourceUuid } from '../../model/identity.js';
import type { Change, DriverCall, DriverTraits, ObjectKey } from '../../ports/driver.js';
import type { Process } from '../simulator/process.js';

/** How one kind of outside object behaves. */
export interface ObjectKind<Desired, Actual> {
  /** `servers`: in the names of the driver, its points and its external ids. */
  readonly name: string;
  /** Which backend keeps it: kinds of one backend are away together. */
  readonly backend: Backend;
  readonly traits: DriverTraits;
  /** `uuid`: an object is known by its resource alone, and one made anew by the same name. Default: its epoch counts too. */
  readonly knownBy?: 'uuid' | undefined;
  /**
   * `making`: we choose the name, so that a second create collides, and the backend refers to each that was ever made of
   * it by an external id of its own. Default: to one with a chosen name by that.
   */
  readonly referredToBy?: 'making' | undefined;
  /** What a create call makes. May throw a DriverFailure where it can't. */
  create(desired: Desired, key: Pick<ObjectKey, 'uuid'>): Actual;
  /** Why a create call makes none; default: it makes one. */
  refuseMaking?(key: ObjectKey, desired: Desired): DriverFailure | undefined;
  /** What differs, the change to make first at the front. */
  compare(desired: Desired, actual: Actual): readonly Change[];
  /** Why a change is not possible now. Default: all are. */
  refuse?(desired: Desired, actual: Actual, change: Change): DriverFailure | undefined;
  /** Fields whose change is two calls: one that does it, and one that writes it down. Default: none. */
  readonly acting?: readonly string[] | undefined;
  /** What one change does that a second time would do again: a reboot. Nothing, for most. */
  act(desired: Desired, actual: Actual, change: Change): Actual;
  /** What is written down of one change: doing it twice is doing it once. */
  note(desired: Desired, actual: Actual, change: Change): Actual;
  /** What a change makes of other kinds, before it is written down. Default: nothing. */
  beside?(actual: Actual, change: Change, by: Maker): void;
}

/** Who makes an object, and in which call. */
export interface Maker {
  readonly process: Process;
  readonly order: DriverCall;
}

/** Whether a backend answers, and how. */
export interface Backend {
  readonly name: string;
  /** `silent`: it answers that it can't tell. */
  mode: 'up' | 'down' | 'silent';
  /** How long it works on a mutation after it has answered; milliseconds, 0 for none. */
  workMs: number;
}

/** An object as the backend keeps it. */
export interface OutsideObject<Actual> {
  readonly external: ExternalId;
  readonly uuid: ResourceUuid;
  readonly epoch: number;
  actual: Actual;
  /** Where an orphan was put. */
  place: 'in use' | 'aside';
  /** A create that broke off halfway: it carries our key and is not usable yet. */
  half: 'yes' | 'no';
  busyUntil: number;
  fence: Fence;
  /** The operations that have been carried out on it. */
  readonly done: Set<OperationKey>;
}

/** Something that happened to an object. */
export interface OutsideEvent {
  readonly what: 'made' | 'changed' | 'destroyed';
  readonly kind: string;
  readonly dataBearing: boolean;
  readonly object: OutsideObject<unknown>;
  readonly change: Change | undefined;
  /** Absent when a stranger did it. */
  readonly by: Process | undefined;
}

/** Hears what happens outside. */
export interface OutsideWitness {
  /** A kernel sends a mutation. */
  sent(process: Process, kind: string, key: ObjectKey, desired: unknown): void;
  happened(event: OutsideEvent): void;
}
