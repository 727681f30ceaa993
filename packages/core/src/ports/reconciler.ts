import type { ConditionStatement } from '../model/condition.js';
import type { DriverFailure } from '../model/errors.js';
import type { Document, OpenDocument } from '../model/field.js';
import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { SealedField } from '../model/sealed-fields.js';
import type { Stall } from '../model/stall.js';
import type { Driver, OwnedObject } from './driver.js';
import type { NetworkDriver } from './drivers/network.js';
import type { OrphanedObject } from './orphaned-object.js';
import type { AllocationWant, Capacity, Claim } from './store.js';

/**
 * Brings resources of one type closer to what is asked. A pass knows nothing but the row it is given: it reads all it
 * needs again, makes at most one change outside, and says how it ended. It may stop at any instruction and be run again.
 * It changes nothing but through its pass: for plans it is run with a pass that changes nothing.
 */
export interface Reconciler<T extends ResourceType = ResourceType> {
  readonly type: T;
  reconcile(pass: Pass<T>): Promise<Outcome>;
}

/** How a pass ended. */
export type Outcome =
  /** The world is as asked. Looked at again after a while, and at `until` at the latest: then it is so no longer by itself. */
  | { readonly kind: 'done'; readonly until?: number | undefined }
  /** Something else must happen first. Not a failure: no attempt is counted. `afterMs` is when to look even if nothing is heard. */
  | {
      readonly kind: 'wait';
      readonly on: WaitReason;
      readonly afterMs: number;
      readonly message: string;
      /** The resources it waits for, where they are known; in an order that stays from pass to pass. */
      readonly blockers?: readonly ResourceUuid[] | undefined;
      /** The driver that is away or still busy, by its name. */
      readonly backend?: string | undefined;
      /** The stable code of what was refused or failed; absent while a backend is only busy. */
      readonly code?: string | undefined;
      /** The hook that holds it back, by its name. */
      readonly hook?: string | undefined;
      /** How far the work is that is waited for, 0–100; absent where nobody knows. */
      readonly progress?: number | undefined;
    }
  /** It failed in a way that may pass. Tried again after a growing, random pause. */
  | { readonly kind: 'retry'; readonly failure: DriverFailure }
  /** It can't work as asked. Looked at again when the desired state changes, and seldom otherwise. */
  | Stall
  /** Nothing is left of it; only after a delete was requested. */
  | { readonly kind: 'gone' };

/** What a waiting pass waits for. `progress` is its own next step: the next pass follows at once. */
export type WaitReason = 'progress' | 'dependency' | 'capacity' | 'backend';

/**
 * What is thought of an object that a resource has no record of. `never made` (the default): nobody but a pass makes it,
 * and each puts that on record first. `maybe there`: its backend comes across it by itself, as a hypervisor does that
 * looks at a share; so it is looked for.
 */
export type Unrecorded = 'never made' | 'maybe there';

/** One pass over one resource: everything a reconciler may see and do. Nothing said here is durable before the pass ends. */
export interface Pass<T extends ResourceType = ResourceType> {
  readonly resource: Resource<T>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: number;

  /** The resource of `type` with this friendly id, if it is there and not removed. */
  find<R extends ResourceType>(type: R, id: string | null): Promise<Resource<R> | undefined>;
  /** Several that are there and not removed, in one look: what {@link find} and {@link ensureChild} would find. */
  findAll<W extends WantedResources>(wanted: W): Promise<FoundResources<W>>;
  /** Live resources of `type` whose reference `field` names this one, oldest first. */
  children<R extends ResourceType>(
    type: R,
    field: keyof (R['spec'] & R['status']) & string,
  ): Promise<readonly Resource<R>[]>;
  /** Live resources of whatever type whose reference `field` names this one, oldest first: in one look. */
  everyChild(field: string): Promise<readonly Resource[]>;
  /** All live resources of `type`, whoever's, oldest first; at most 1,000. */
  all<R extends ResourceType>(type: R): Promise<readonly Resource<R>[]>;
  /** Asks for a resource of its own, once: `role` fixes its identity. Returns what is there. */
  ensureChild<R extends ResourceType>(
    type: R,
    role: string,
    desired: ChildDesired<R>,
  ): Promise<Resource<R>>;
  /** Asks for the deletion of another resource, if that has not been asked already. */
  requestDelete(uuid: ResourceUuid): Promise<void>;
  /** Asks a resource to refer to something no longer, if it still does: a desired change like any caller's. */
  requestUnlink(uuid: ResourceUuid, link: Unlinked): Promise<void>;
  /**
   * Has another resource looked at soon, also one that is as asked: what has changed is of its concern. A waiting pass
   * says so each time: one that was lost is made up for by the next.
   */
  wake(other: Resource): Promise<void>;

  /** Brings one outside object to `desired`: looks, and makes at most one change. */
  converge<D, A>(part: string, driver: Driver<D, A>, desired: D): Promise<Converged<A>>;
  /** Takes one outside object away: looks, and takes at most one step. `gone` once it was seen absent, or was never made. */
  dissolve<D, A>(
    part: string,
    driver: Driver<D, A>,
    unrecorded?: Unrecorded,
  ): Promise<{ readonly kind: 'gone' } | Unsettled>;

  /**
   * The text of a field that is kept sealed, of whatever resource; null where it has none. What it throws where that can't
   * be read is to end the pass, which is stalled then: nothing may be made of it outside.
   */
  open<R extends ResourceType>(resource: Resource<R>, field: SealedField<R>): string | null;

  /** In which generation this resource is carried by the appliances of a network. See {@link NetworkDriver.carried}. */
  carried(driver: NetworkDriver, network: ResourceUuid): Promise<number | undefined>;

  /** What may be done about an object outside that no resource owns: nothing as soon as a live one claims it. */
  orphaned<D, A>(driver: Driver<D, A>, object: OwnedObject): OrphanedObject;

  /** Holds one of `items` of a pool until the resource is gone or releases it. See Ledger. */
  allocate(pool: string, items: Iterable<string>): Promise<string | undefined>;
  /** As {@link allocate} for several pools at once. See Ledger. */
  allocateAll(wants: readonly AllocationWant[]): Promise<readonly (string | undefined)[]>;
  /** Says how much of a class this resource has for others to be charged; answers how much of it is claimed. See Ledger. */
  offer(className: string, total: number): Promise<Capacity>;
  /** Charges `amount` of a holder's capacity to this resource, in place of an earlier charge; false when it does not fit. */
  charge(holder: ResourceUuid, className: string, amount: number): Promise<boolean>;
  /** What this resource is charged for in a class, if anything. */
  charged(className: string): Promise<Claim | undefined>;
  /** Chooses among hosts by the `schedule` hooks and charges the chosen one. */
  place(request: PlacementRequest): Promise<Placed>;

  /** Ends a move begun by {@link place} with `request.from`: it `arrived`, or goes back and is charged where it was. */
  endMove(request: PlacementRequest, to: ResourceUuid, how: 'arrived' | 'back'): Promise<void>;
  /** Gives back what it holds of a pool. See Ledger. */
  release(pool: string): Promise<void>;
  /** Has other resources looked at, once this pass is recorded. Best effort: a process may die in between. */
  wakeAfterwards(others: readonly Resource[]): void;

  /** Sets observed fields. Written when the pass ends. */
  report(status: Partial<Document<T['status']>>): void;
  /** Sets an observed field that refers to another resource, or to none any more. Written when the pass ends. */
  relate(field: keyof T['status'] & string, target: Resource | null): void;
  /** States a condition. Written when the pass ends. */
  condition(statement: ConditionStatement): void;
  /** Adds an event to the resource's history. Written when the pass ends. */
  note(what: string, result: string): void;
}

/** What a pass looks up together: resources by their friendly ids, and its own children by their roles. */
export type WantedResources = Readonly<
  Record<
    string,
    | { readonly type: ResourceType; readonly id: string | null }
    | { readonly type: ResourceType; readonly role: string }
  >
>;

/** What there is of {@link WantedResources}. */
export type FoundResources<W extends WantedResources> = {
  readonly [Name in keyof W]: Resource<W[Name]['type']> | undefined;
};

/** A reference that is to be taken out of a resource's desired state. */
export interface Unlinked {
  /** The reference field, which becomes null. */
  readonly field: string;
  /** What it must still name: whoever names something else by now is left alone. */
  readonly id: string;
  /** Fields that say nothing without it and become null too. */
  readonly also: readonly string[];
  /** Why, for the history. */
  readonly why: string;
}

/** What a child is asked to be. */
export interface ChildDesired<R extends ResourceType> {
  /** Its identity, where that is fixed already: of what existed before. Absent: it follows from parent and role. */
  readonly uuid?: ResourceUuid | undefined;
  /** Whose it is to be. Absent: its parent's. */
  readonly account?: ResourceUuid | undefined;
  readonly name: string | null;
  readonly spec: OpenDocument<R['spec']>;
}

/** How a part stands after {@link Pass.converge}. */
export type Converged<A> = { readonly kind: 'settled'; readonly actual: A } | Unsettled;

/** The part is not as asked: the reconciler returns `outcome`. */
export interface Unsettled {
  readonly kind: 'unsettled';
  readonly outcome: Outcome;
}

/** What is to be placed. */
export interface PlacementRequest {
  /** The capacity class that is charged. */
  readonly className: string;
  readonly amount: number;
  readonly candidates: readonly PlacementCandidate[];
  /** What it shows to others where it is: `<account>/<label>`. */
  readonly marks?: readonly string[] | undefined;
  /** The marks of others that it is never at one place with, whoever of them comes first. */
  readonly avoids?: readonly string[] | undefined;
  /** The marks of others that it would rather be near. */
  readonly prefers?: readonly string[] | undefined;
  /** The place that it leaves. It stays charged there as well until `leave` of its pass. */
  readonly from?: ResourceUuid | undefined;
}

/** A place to choose. */
export interface PlacementCandidate {
  readonly holder: ResourceUuid;
  readonly name: string;
  /** What filters and weighers look at. */
  readonly facts: JsonObject;
}

/** What came of a {@link PlacementRequest}. */
export type Placed =
  | { readonly kind: 'placed'; readonly holder: ResourceUuid }
  | {
      readonly kind: 'nowhere';
      readonly eliminated: readonly { readonly name: string; readonly by: string }[];
    };
