import type { Filter } from '../model/filter.js';
import type { Fence, ResourceId, ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Repair } from '../model/repair.js';
import type { Observed, Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { ChangeRecords } from './change-records.js';
import type { TrafficRecords } from './traffic-records.js';
import type { UseRecords } from './use-records.js';
import type { OnRecord, WriteRecords } from './write-records.js';

/**
 * Desired and observed state, durable. Every write is one atomic unit: it happened whole or not at all, and its promise
 * resolves only after it is durable. Writes decide by compare-and-set or unique keys, never by an earlier read.
 * Every method throws PortUnavailable when the database can't answer; after that a write may or may not have happened.
 */
export interface Store
  extends ResourceReads,
    DesiredWrites,
    ObservedWrites,
    Ledger,
    ChangeRecords,
    TrafficRecords,
    UseRecords,
    WriteRecords {
  /** Brings the schema up to date. Throws a plain error that names both versions when the schema is newer than we are. */
  migrate(): Promise<void>;

  /** A number greater than any it returned before, across restarts: makes lock tokens of this run newer than older ones. */
  nextIncarnation(): Promise<number>;

  /** Gives up the database connection. Nothing is flushed: what was acknowledged is durable already. */
  close(): Promise<void>;
}

/** Who asks: every read on behalf of a caller is limited to what that caller may see. */
export type Scope =
  /** The kernel and administrators. */
  | { readonly kind: 'all' }
  /** One account, and what is visible to everyone. */
  | { readonly kind: 'account'; readonly account: ResourceUuid };

/** Looking things up. */
export interface ResourceReads {
  get(uuid: ResourceUuid): Promise<Resource | undefined>;
  /** By the friendly id, or by the natural key of types that have one. Removed resources are found by id. */
  find(scope: Scope, type: ResourceType, id: string): Promise<Resource | undefined>;
  /** Several in one call, in the order they are asked for: each as {@link get}, or {@link find} with `scope`, answers it. */
  findAll(scope: Scope, wanted: readonly Wanted[]): Promise<readonly (Resource | undefined)[]>;
  list(scope: Scope, type: ResourceType, query: ListQuery): Promise<ListPage>;
  /** How many resources {@link list} finds on all pages together. */
  count(scope: Scope, type: ResourceType, query: ListCriteria): Promise<number>;
  /** Who is at the other end of one reference field, for many resources at once. */
  relatives(scope: Scope, query: RelativesQuery): Promise<readonly Relative[]>;
  /** The live resources of a type, whoever's, oldest first. */
  all(type: ResourceType, limit: number): Promise<readonly Resource[]>;
  /** Live resources of `type` whose reference field `field` names the resource, oldest first. */
  referrers(uuid: ResourceUuid, type: string, field: string): Promise<readonly Resource[]>;
  /** Live resources of whatever type whose reference field `field` names the resource, oldest first. */
  everyReferrer(uuid: ResourceUuid, field: string): Promise<readonly Resource[]>;
  /** By the natural key only, never by id. */
  findByNaturalKey(type: ResourceType, key: string): Promise<Resource | undefined>;
  /** How many live resources name the resource, by type and reference field. */
  countReferrers(uuid: ResourceUuid): Promise<readonly ReferrerCount[]>;
  /** How many live resources belong to an account, itself not counted. */
  countOwned(account: ResourceUuid): Promise<number>;
  /** Live neighbours, by reference in either direction, that are not as asked yet: who to hint when this one moves. */
  unsettledNeighbours(uuid: ResourceUuid): Promise<readonly Addressed[]>;
  /** What waits for a pass: changed since its last pass, or due at `now`. The longest waiting first. */
  due(now: number, limit: number): Promise<readonly Due[]>;
  /** The friendly ids of resources, for rendering; unknown ones are left out. */
  idsOf(uuids: readonly ResourceUuid[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>>;
  /** The newest events of a resource, newest first. */
  history(uuid: ResourceUuid, limit: number): Promise<readonly HistoryEvent[]>;
}

/** One of several resources to look up: by its uuid, or as {@link ResourceReads.find} does. */
export type Wanted =
  | { readonly uuid: ResourceUuid }
  | { readonly type: ResourceType; readonly id: string };

/** A field by which resources of a type name others. */
export interface ReferringField {
  readonly type: string;
  readonly field: string;
}

/** How many resources of a type name another one in a field. */
export interface ReferrerCount extends ReferringField {
  readonly count: number;
}

/** A resource and its account. */
export interface Addressed {
  readonly uuid: ResourceUuid;
  readonly account: ResourceUuid;
}

/** A resource that waits for a pass. */
export interface Due extends Addressed {
  readonly reason: 'changed' | 'retry' | 'resync';
}

/** Which resources of a type. */
export interface ListCriteria {
  readonly filters: readonly Filter[];
  /** Whether tombstones are listed: those removed at or after this moment; absent for none. */
  readonly removedSince?: number | undefined;
  /** Only those whose reference field names this resource. */
  readonly child?: { readonly field: string; readonly parent: ResourceUuid } | undefined;
}

/** Which resources of a type, in which order, how many. */
export interface ListQuery extends ListCriteria {
  /** Absent: in the order of creation. Ties are broken by uuid. */
  readonly sort?: { readonly field: string; readonly order: 'asc' | 'desc' } | undefined;
  readonly limit: number;
  /** Where the last page ended. */
  readonly after?: ListPosition | undefined;
}

/** Whose relatives, along which reference field. */
export interface RelativesQuery {
  readonly of: readonly ResourceUuid[];
  /** `targets`: whom they name in the field, tombstones too; `sources`: who of the living names them in it. */
  readonly end: 'targets' | 'sources';
  /** The type at the other end. */
  readonly type: ResourceType;
  readonly field: string;
  /** Of all together, the oldest first. */
  readonly limit: number;
}

/** A resource at the other end of a reference, and the one it was looked for from. */
export interface Relative {
  readonly of: ResourceUuid;
  readonly resource: Resource;
}

/** The sort value and uuid of the last resource of a page. */
export interface ListPosition {
  readonly value: string | number | null;
  readonly uuid: ResourceUuid;
}

/** A page of a list. */
export interface ListPage {
  readonly resources: readonly Resource[];
  /** Where to go on; absent on the last page. */
  readonly next?: ListPosition | undefined;
}

/** Writing what is asked for. Touches desired columns only. */
export interface DesiredWrites {
  /**
   * Inserts a resource and draws its friendly id. An existing one with the same uuid or natural key is returned instead.
   * Throws QuotaExceeded when a charge does not fit, FenceLost when the holder it is asked by has been replaced,
   * ReferenceLost when what it names or its account is being removed or is gone, and AskedBefore when what it is asked by
   * is on record already; then nothing is written. Where it inserts nothing, nothing is put on record either.
   *
   * Of an insert that names a resource, and a deletion of that one {@link DesiredChange.whileUnneeded}, one at most is
   * written, whoever asks for them, in whichever process.
   */
  insert(draft: Draft): Promise<{ readonly inserted: boolean; readonly resource: Resource }>;
  /**
   * Replaces desired columns if the generation is still `generation`; undefined when it is not, or the row is gone.
   * Throws QuotaExceeded when a charge does not fit, ReferenceLost when what it is to name is being removed or is gone,
   * StillNeeded when it is asked for {@link DesiredChange.whileUnneeded}, and AskedBefore when what it is asked by is on
   * record already; then nothing is written. Names are given to what stays, as by {@link insert}.
   */
  change(
    uuid: ResourceUuid,
    generation: number,
    change: DesiredChange,
  ): Promise<Resource | undefined>;
  /**
   * Replaces how a desired state is kept, and nothing of what it says, if the generation is still `generation`; of
   * tombstones too. It is no change: no generation, no history, and {@link ChangeRecords} tell nothing of it. Whether it
   * was written.
   */
  reseal(uuid: ResourceUuid, generation: number, spec: JsonObject): Promise<boolean>;
}

/** A resource to insert. */
export interface Draft {
  readonly uuid: ResourceUuid;
  readonly type: string;
  readonly account: ResourceUuid;
  readonly name: string | null;
  readonly description: string | null;
  readonly data: JsonObject;
  readonly spec: JsonObject;
  /** Unique among live resources of the type; null when the type has no natural key. */
  readonly naturalKey: string | null;
  /** `yes` only for types whose access says that everyone sees them: lists of others look at what the caller owns only. */
  readonly visibleToAll: 'yes' | 'no';
  /** Resolved targets of the reference fields. */
  readonly references: readonly Reference[];
  readonly created: number;
  /** What its account is charged for it, in the same transaction. */
  readonly charges?: readonly Charge[];
  /**
   * For whom it is asked: inserted only as long as that resource is there and carries this fence, decided in the same
   * transaction. A holder that was replaced leaves no children behind that its successor does not know of.
   */
  readonly under?: { readonly uuid: ResourceUuid; readonly fence: Fence } | undefined;
  /** What is put on record of the request, in the same transaction. */
  readonly onRecord?: OnRecord | undefined;
  readonly event: HistoryEvent;
}

/**
 * What an account is charged for having a resource, in place of what it was charged for it in that class before. It is a
 * claim like others in the {@link Ledger}: a tombstone gives it back.
 */
export interface Charge {
  /** The account. */
  readonly holder: ResourceUuid;
  readonly className: string;
  readonly amount: number;
  /** How much the account may have of the class. More than was charged before must fit; less always does. */
  readonly limit: number;
}

/** A reference field's target. */
export interface Reference {
  readonly field: string;
  readonly target: ResourceUuid;
}

/** Reference fields, and what they refer to from now on. */
export interface ReferenceChange {
  readonly fields: readonly string[];
  readonly targets: readonly Reference[];
}

/** New desired columns; what is absent stays. */
export interface DesiredChange {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly data?: JsonObject;
  readonly spec?: JsonObject;
  /** New targets of reference fields; a field that is named without a target refers to nothing any more. */
  readonly references?: ReferenceChange;
  readonly deleteRequestedAt?: number;
  /** Of a deletion: that it is written only while nobody needs the resource. Absent: its children leave one by one. */
  readonly whileUnneeded?: Unneeded | undefined;
  /** What its account is charged for it from now on; classes that are not named stay as they are. */
  readonly charges?: readonly Charge[];
  readonly repairs?: readonly Repair[];
  /** What is put on record of the request, in the same transaction. */
  readonly onRecord?: OnRecord | undefined;
  readonly event: HistoryEvent;
}

/** When nobody needs a resource: decided in the very transaction that would write, not by a look before it. */
export interface Unneeded {
  /** The fields whose naming it does not count: what names it by these goes with it, or is told to name it no more. */
  readonly apartFrom: readonly ReferringField[];
  /** Whether what an account owns counts. */
  readonly owned: 'counts' | 'no matter';
}

/** Writing what is observed. Touches status columns only, always under a fence. */
export interface ObservedWrites {
  /** Puts `fence` on the row where it is newer than the row's own; undefined when it is not, or the row is gone. */
  claim(uuid: ResourceUuid, fence: Fence): Promise<Resource | undefined>;
  /**
   * Writes `record` if the row still carries `fence` and `statusVersion`, and returns the row as it is then, with
   * desired columns as they are now. Undefined when another holder has taken over.
   * A record with `removed` makes the row a tombstone and releases all it holds in the {@link Ledger}.
   */
  record(
    uuid: ResourceUuid,
    fence: Fence,
    statusVersion: number,
    record: StatusRecord,
  ): Promise<Resource | undefined>;
  /** Makes a resource due now, whatever its back-off. */
  wake(uuid: ResourceUuid, now: number): Promise<void>;
  /** Deletes tombstones and their histories (but the record with the greatest number of all) that were removed before `before`; returns how many. */
  purge(before: number): Promise<number>;
}

/** The status columns as they are to be, and the events that led to them. */
export interface StatusRecord extends Omit<Observed, 'fence' | 'statusVersion'> {
  readonly events: readonly HistoryEvent[];
  /** Whether callers see another resource than before though nothing happened: then {@link ChangeRecords} tell of it, and its history does not. */
  readonly shown?: 'changed' | undefined;
  /** Status fields that are references, resolved; absent when they did not change. */
  readonly references?: ReferenceChange;
}

/**
 * Who holds which of a limited set: addresses, tags, memory. Decided by unique keys and conditional updates. A resource
 * that has been removed has given everything back and gets nothing any more, whoever asks for it late.
 */
export interface Ledger {
  /** Gives `owner` the first of `items` (which may be gone through more than once) that is free, or the one it holds already in that pool; undefined when none is free. A tombstone is given nothing. */
  allocate(pool: string, owner: ResourceUuid, items: Iterable<string>): Promise<string | undefined>;
  /** As {@link allocate} for several pools, in one unit; the answers in the order of `wants`. What one pool lacks takes nothing away from the others. */
  allocateAll(
    owner: ResourceUuid,
    wants: readonly AllocationWant[],
  ): Promise<readonly (string | undefined)[]>;
  /** Gives back what `owner` holds in the pool, if anything. */
  release(pool: string, owner: ResourceUuid): Promise<void>;
  /** The items of a pool that are held. */
  allocated(pool: string): Promise<readonly string[]>;
  /** Says how much a holder has of a class; what is claimed of it stays claimed. */
  setCapacity(holder: ResourceUuid, className: string, total: number): Promise<void>;
  /** Capacities of a class by holder. */
  capacities(className: string): Promise<ReadonlyMap<ResourceUuid, Capacity>>;
  /** Charges `amount` to `holder` for `owner` if it fits, in place of what it was charged there before; never moves a claim to another holder ({@link moveClaim} does). A tombstone is charged nothing. */
  claimCapacity(
    owner: ResourceUuid,
    holder: ResourceUuid,
    className: string,
    amount: number,
  ): Promise<boolean>;
  /** What `owner` is charged for in a class, if anything. */
  claimOf(owner: ResourceUuid, className: string): Promise<Claim | undefined>;
  /**
   * Charges to another holder, `to`, what `owner` is charged for at `from`, if it fits there. What it is charged for at
   * `from` stays charged, in the class `leaving` of it, until that is released; a move back takes its place again.
   * True also when the claim is at `to` already; false, and nothing is changed, when it is at neither or is on its way
   * from a third one.
   */
  moveClaim(
    owner: ResourceUuid,
    className: string,
    from: ResourceUuid,
    to: ResourceUuid,
  ): Promise<boolean>;
  /** Takes back what `owner` was charged for in a class, if anything. */
  releaseCapacity(owner: ResourceUuid, className: string): Promise<void>;
}

/** A pool, and which of its items are welcome, the first free one of them. */
export interface AllocationWant {
  readonly pool: string;
  readonly items: Iterable<string> | NumberedItems;
}

/**
 * Items that stand for numbers in a row, from 0 to 2³² − 1: a free one is found at the same cost however many are taken.
 * They have no order of preference, but that `from` is tried first. In one pool each number stands for the same item,
 * whoever asks.
 */
export interface NumberedItems extends Iterable<string> {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  /** Those between them that are not meant. */
  readonly unwelcome: ReadonlySet<number>;
  itemOf(number: number): string;
}

/** What an owner is charged for, and by whom. */
export interface Claim {
  readonly holder: ResourceUuid;
  readonly amount: number;
}

/** How much there is and how much of it is claimed. */
export interface Capacity {
  readonly total: number;
  readonly used: number;
}

/** Something that moved a resource. */
export interface HistoryEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `requested`, `scheduled`, `server.create`, `Ready`: what. */
  readonly what: string;
  /** What brought it about. */
  readonly why: string;
  /** How it ended. */
  readonly result: string;
}
