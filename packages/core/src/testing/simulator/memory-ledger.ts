import { capacityClass, leaving } from '../../model/claim-class.js';
import { QuotaExceeded } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Capacity, Charge, Claim } from '../../ports/store.js';
import { compareText } from './sql-order.js';

/** Something out of a pool that someone holds. */
export interface HeldItem {
  readonly pool: string;
  readonly item: string;
  readonly owner: ResourceUuid;
}

/** What someone is charged for. */
export interface HeldClaim extends Claim {
  readonly owner: ResourceUuid;
  readonly className: string;
}

/** How much a holder has of a class. */
export interface HeldCapacity extends Capacity {
  readonly holder: ResourceUuid;
  readonly className: string;
}

/** Allocations and claims in memory. */
export class MemoryLedger {
  /** Owners by item, by pool. */
  readonly #pools = new Map<string, Map<string, ResourceUuid>>();
  /** Items by pool, by owner. */
  readonly #items = new Map<ResourceUuid, Map<string, string>>();
  /** By holder, by class. */
  readonly #capacities = new Map<string, Map<ResourceUuid, Capacity>>();
  /** By class, by owner. */
  readonly #claims = new Map<ResourceUuid, Map<string, Claim>>();

  /** Takes over who holds what from another ledger. */
  takeOver(other: MemoryLedger): void {
    for (const [pool, owners] of other.#pools) this.#pools.set(pool, new Map(owners));
    for (const [owner, items] of other.#items) this.#items.set(owner, new Map(items));
    for (const [name, holders] of other.#capacities) this.#capacities.set(name, new Map(holders));
    for (const [owner, claims] of other.#claims) this.#claims.set(owner, new Map(claims));
  }

  allocate(pool: string, owner: ResourceUuid, items: Iterable<string>): string | undefined {
    const held = this.#items.get(owner)?.get(pool);
    if (held !== undefined) return held;
    const owners = inner(this.#pools, pool);
    for (const item of items) {
      if (owners.has(item)) continue;
      owners.set(item, owner);
      inner(this.#items, owner).set(pool, item);
      return item;
    }
    return undefined;
  }

  release(pool: string, owner: ResourceUuid): void {
    const item = this.#items.get(owner)?.get(pool);
    if (item === undefined) return;
    this.#items.get(owner)?.delete(pool);
    this.#pools.get(pool)?.delete(item);
  }

  allocated(pool: string): readonly string[] {
    return [...(this.#pools.get(pool)?.keys() ?? [])].sort(compareText);
  }

  setCapacity(holder: ResourceUuid, className: string, total: number): void {
    const holders = inner(this.#capacities, className);
    holders.set(holder, { total, used: holders.get(holder)?.used ?? 0 });
  }

  capacities(className: string): ReadonlyMap<ResourceUuid, Capacity> {
    const holders = [...(this.#capacities.get(className) ?? [])];
    return new Map(holders.sort(([left], [right]) => compareText(left, right)));
  }

  claimCapacity(
    owner: ResourceUuid,
    holder: ResourceUuid,
    className: string,
    amount: number,
  ): boolean {
    const claim = this.claimOf(owner, className);
    if (claim !== undefined && claim.holder !== holder) return false;
    const more = amount - (claim?.amount ?? 0);
    if (claim !== undefined && more === 0) return true;
    const holders = this.#capacities.get(className);
    const capacity = holders?.get(holder);
    if (holders === undefined || capacity === undefined) return false;
    if (capacity.used + more > capacity.total) return false;
    holders.set(holder, { total: capacity.total, used: capacity.used + more });
    inner(this.#claims, owner).set(className, { holder, amount });
    return true;
  }

  claimOf(owner: ResourceUuid, className: string): Claim | undefined {
    return this.#claims.get(owner)?.get(className);
  }

  moveClaim(owner: ResourceUuid, className: string, from: ResourceUuid, to: ResourceUuid): boolean {
    const claim = this.claimOf(owner, className);
    if (claim === undefined || claim.holder === to) return claim !== undefined;
    if (claim.holder !== from) return false;
    const claims = inner(this.#claims, owner);
    const earlier = this.claimOf(owner, leaving(className));
    if (earlier === undefined) {
      const holders = this.#capacities.get(className);
      const capacity = holders?.get(to);
      if (holders === undefined || capacity === undefined) return false;
      if (capacity.used + claim.amount > capacity.total) return false;
      holders.set(to, { total: capacity.total, used: capacity.used + claim.amount });
    } else if (earlier.holder !== to) return false;
    claims.set(className, earlier ?? { holder: to, amount: claim.amount });
    claims.set(leaving(className), claim);
    return true;
  }

  releaseCapacity(owner: ResourceUuid, className: string): void {
    const claim = this.claimOf(owner, className);
    if (claim === undefined) return;
    this.#claims.get(owner)?.delete(className);
    const holders = this.#capacities.get(capacityClass(className));
    const capacity = holders?.get(claim.holder);
    if (capacity !== undefined)
      holders?.set(claim.holder, { total: capacity.total, used: capacity.used - claim.amount });
  }

  /** Charges accounts for `owner`: all of it or, where QuotaExceeded is thrown, nothing. Each class is named once. */
  chargeAll(owner: ResourceUuid, charges: readonly Charge[]): void {
    const fitting = charges.map((charge) => {
      const { holder, className, amount, limit } = charge;
      const more = amount - (this.claimOf(owner, className)?.amount ?? 0);
      const used = this.#capacities.get(className)?.get(holder)?.used ?? 0;
      if (more > 0 && used + more > limit)
        throw new QuotaExceeded({ className, used, limit, more });
      return { ...charge, more };
    });
    for (const { holder, className, amount, limit, more } of fitting) {
      if (more === 0) continue;
      const holders = inner(this.#capacities, className);
      const before = holders.get(holder) ?? { total: limit, used: 0 };
      const total = more > 0 ? limit : before.total;
      holders.set(holder, { total, used: before.used + more });
      inner(this.#claims, owner).set(className, { holder, amount });
    }
  }

  /** Gives back all that `owner` holds, and what it has for others to hold. */
  releaseAll(owner: ResourceUuid): void {
    // Each takes the key away that the walk is at, which maps allow.
    for (const pool of this.#items.get(owner)?.keys() ?? []) this.release(pool, owner);
    for (const className of this.#claims.get(owner)?.keys() ?? [])
      this.releaseCapacity(owner, className);
    this.#items.delete(owner);
    this.#claims.delete(owner);
    for (const holders of this.#capacities.values()) holders.delete(owner);
  }

  /** Everything that is held out of pools. */
  *heldItems(): Iterable<HeldItem> {
    for (const [pool, owners] of this.#pools)
      for (const [item, owner] of owners) yield { pool, item, owner };
  }

  /** Everything that is charged. */
  *heldClaims(): Iterable<HeldClaim> {
    for (const [owner, claims] of this.#claims)
      for (const [className, claim] of claims) yield { ...claim, owner, className };
  }

  /** All capacities. */
  *heldCapacities(): Iterable<HeldCapacity> {
    for (const [className, holders] of this.#capacities)
      for (const [holder, capacity] of holders) yield { ...capacity, holder, className };
  }
}

function inner<Outer, Key, Value>(maps: Map<Outer, Map<Key, Value>>, key: Outer): Map<Key, Value> {
  let found = maps.get(key);
  if (found === undefined) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}
