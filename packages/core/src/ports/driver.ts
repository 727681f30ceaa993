import type { DriverFailure } from '../model/errors.js';
import type { ExternalId, Fence, OperationKey, ResourceUuid } from '../model/identity.js';
import type { Json } from '../model/json.js';

/**
 * Keeps one kind of outside object as the kernel asks: a server, a disk, a segment. A driver never stores desired
 * state and never decides; it reports what is there and carries out one change at a time.
 *
 * Rules for every method (reference/kernel.md 1.3):
 * - It may be called again at any time with the same arguments, also after a crash in the middle of an earlier call,
 *   and by a second process that does not know it has been replaced. Calls are idempotent by `key`.
 * - It fails only with a {@link DriverFailure}, and honours `call.signal` within a second.
 * - It holds no state that a restart would miss.
 */
export interface Driver<Desired, Actual> {
  /** For conditions, events and metrics: `xenserver.servers`. */
  readonly name: string;
  /**
   * Names the endpoint behind it: `xenserver pool.example.com`. Drivers that name the same one are left alone together
   * while it is away. Default: the driver's own name.
   */
  readonly backend?: string | undefined;
  readonly traits: DriverTraits;

  /**
   * Looks, and changes nothing. `desired` is absent when the object is to go. `changes` lists what differs from
   * `desired`, the change to make first at the front; empty means as asked. An unreachable backend is `unknown` or
   * throws `unavailable`; it is never `absent`.
   */
  observe(
    key: ObjectKey,
    desired: Desired | undefined,
    call: DriverCall,
  ): Promise<Observation<Actual>>;

  /**
   * Makes the object, stamped with `key` in the very call that makes it. Called only after `absent` was observed. It may
   * make what belongs to the object as well, where a repetition of that does nothing: what of it is missing afterwards
   * the next look lists.
   */
  create(key: ObjectKey, desired: Desired, call: DriverCall): Promise<Accepted>;

  /** Makes one change, `change`, which is the first one that the last observation listed. */
  update(key: ObjectKey, desired: Desired, change: Change, call: DriverCall): Promise<Accepted>;

  /**
   * Takes one step towards the object's absence (a running server is stopped first). Succeeds when nothing is there.
   * Called until `absent` is observed. With `key.external` it touches that very object and no other, whatever else
   * carries the key.
   */
  delete(key: ObjectKey, call: DriverCall): Promise<Accepted>;

  /**
   * Tells what {@link Driver.create} with `desired` would lead to, for plans; changes nothing. Throws as `create` would
   * where that can be known. Without it, plans end where the object is made or changed.
   */
  foresee?(desired: Desired, call: DriverCall): Promise<Foreseen<Actual>>;

  /**
   * Takes one step towards setting an object aside that no resource owns any more, so that it does no work and is in
   * nobody's way, and yet can be brought back: stopped, detached, under another name. `settled` once it is set aside;
   * until then it is called again. Succeeds when nothing is there. What is set aside stays listed, is `present` when
   * it is observed, and goes with {@link Driver.delete}. Without this method orphans are only reported.
   */
  quarantine?(key: ObjectKey, call: DriverCall): Promise<Accepted>;

  /** All objects that carry our stamp, half-made ones and those in quarantine included, in pages; for sweeps. */
  list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage>;
}

/** What the kernel must know of a driver to recover from a crash at any point. */
export interface DriverTraits {
  /** `chosen`: we name the object, so a second create collides. `stamped`: the create call carries our key, so it can be found. */
  readonly identity: 'chosen' | 'stamped';
  /** Whether the backend itself refuses an older {@link Fence}: by compare-and-set, by a check before the write, or not. */
  readonly fencing: 'cas' | 'checked' | 'none';
  /** Whether the object holds data of users: then it is never made anew when missing and never reaped as an orphan. */
  readonly dataBearing: boolean;
}

/** Names one outside object of ours. */
export interface ObjectKey {
  readonly uuid: ResourceUuid;
  /** Counts deliberate re-creations; 1 for the first object. */
  readonly epoch: number;
  /** The backend's name for it, once recorded. Absent before that, also after a crash between create and record. */
  readonly external?: ExternalId | undefined;
}

/** Everything a driver may use besides its own configuration. */
export interface DriverCall {
  /** Aborts when the kernel stops, the lock is lost, or `deadline` passes. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch by the kernel's clock. Longer work returns an unsettled {@link Accepted}. */
  readonly deadline: number;
  readonly fence: Fence;
  /** The same for every repetition of this mutation; another for the next one. */
  readonly operation: OperationKey;
  /** The span it is made in, as a W3C traceparent; for traces only. */
  readonly trace?: string | undefined;
}

/** What a look at the backend showed. */
export type Observation<Actual> =
  | {
      readonly presence: 'present';
      readonly external: ExternalId;
      readonly actual: Actual;
      readonly changes: readonly Change[];
      /** True while the backend still works on an earlier mutation of this object: wait, don't add another. */
      readonly busy?: boolean;
      /** Further objects that carry the same key: the outcome of a zombie's late call. `external` is not among them. */
      readonly duplicates?: readonly DuplicateObject[];
    }
  | { readonly presence: 'absent' }
  | { readonly presence: 'unknown'; readonly failure: DriverFailure };

/** One more object under a key that should name one. */
export interface DuplicateObject {
  readonly external: ExternalId;
  /** `never`: it certainly was never started or written to, so that destroying it loses nothing. */
  readonly used: 'never' | 'maybe';
}

/** One difference between desired and actual. */
export interface Change {
  /** `powerState`, `disks.0`, `ramSizeMb`: also the name of the step in the event history. */
  readonly field: string;
  readonly desired: Json;
  readonly actual: Json;
}

/** An object as it would be. */
export interface Foreseen<Actual> {
  /** The changes that `observe` would list after `create`, in the order to be made. */
  readonly changes: readonly Change[];
  /** What `observe` would show of it once these are made too. */
  readonly actual: Actual;
}

/** A mutation that the backend took on. `settled: false` means that it still works on it and `observe` will tell. */
export interface Accepted {
  readonly external?: ExternalId | undefined;
  readonly settled: boolean;
  /** What came about beside it, named as changes are: `disks.0`. Each is a step of its own in the event history. */
  readonly made?: readonly string[] | undefined;
  /** How far work is that is not settled, where that is known: it is called again after the pause named there. */
  readonly progress?: WorkProgress | undefined;
}

/** How far long work is, as clients see it while they wait. */
export interface WorkProgress {
  /** 0–100. */
  readonly percent: number;
  /** What is being done, or waited for, in one sentence. Never a secret. */
  readonly message: string;
  /** When it is worth while to call again; milliseconds. Work that goes on only in its calls says 0. */
  readonly afterMs: number;
}

/** One of our objects as the backend lists it. */
export interface OwnedObject {
  readonly external: ExternalId;
  readonly uuid: ResourceUuid;
  readonly epoch: number;
}

/** A page of {@link Driver.list}. */
export interface OwnedPage {
  readonly objects: readonly OwnedObject[];
  /** Pass to the next call; absent on the last page. */
  readonly cursor?: string | undefined;
}
