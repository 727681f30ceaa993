import { leaving } from '../../model/claim-class.js';
import { QuotaExceeded } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { AllocationWant, Capacity, Charge, Claim, Ledger } from '../../ports/store.js';

/** What an owner was charged for before the fork, and is now. */
interface Recharge {
  readonly before: Claim | undefined;
  readonly now: Claim | undefined;
}

/**
 * Who would hold what: decides as the {@link Ledger} does and keeps it to itself. Lives as long as one plan. What an
 * owner holds of a pool without its row knowing (a pass died right after it) can't be read, so another item is foreseen.
 */
export class ForkedLedger implements Ledger {
  readonly #base: Ledger;
  readonly #held = new Map<string, Map<ResourceUuid, string>>();
  readonly #recharged = new Map<string, Map<ResourceUuid, Recharge>>();
  readonly #totals = new Map<string, Map<ResourceUuid, number>>();

  constructor(base: Ledger) {
    this.#base = base;
  }

  async allocate(
    pool: string,
    owner: ResourceUuid,
    items: Iterable<string>,
  ): Promise<string | undefined> {
    const taken = new Set(await this.allocated(pool));
    const held = inner(this.#held, pool);
    const own = held.get(owner);
    if (own !== undefined) return own;
    for (const item of items) {
      if (taken.has(item)) continue;
      held.set(owner, item);
      return item;
    }
    return undefined;
  }

  async allocateAll(
    owner: ResourceUuid,
    wants: readonly AllocationWant[],
  ): Promise<readonly (string | undefined)[]> {
    const given: (string | undefined)[] = [];
    for (const { pool, items } of wants) given.push(await this.allocate(pool, owner, items));
    return given;
  }

  async release(pool: string, owner: ResourceUuid): Promise<void> {
    this.#held.get(pool)?.delete(owner);
  }

  async allocated(pool: string): Promise<readonly string[]> {
    return [...(await this.#base.allocated(pool)), ...inner(this.#held, pool).values()];
  }

  async setCapacity(holder: ResourceUuid, className: string, total: number): Promise<void> {
    inner(this.#totals, className).set(holder, total);
  }

  async capacities(className: string): Promise<ReadonlyMap<ResourceUuid, Capacity>> {
    const capacities = new Map(await this.#base.capacities(className));
    for (const [holder, total] of inner(this.#totals, className)) {
      capacities.set(holder, { total, used: capacities.get(holder)?.used ?? 0 });
    }
    const charge = (claim: Claim | undefined, sign: 1 | -1): void => {
      const capacity = claim && capacities.get(claim.holder);
      if (claim === undefined || capacity === undefined) return;
      capacities.set(claim.holder, { ...capacity, used: capacity.used + sign * claim.amount });
    };
    for (const claimed of [className, leaving(className)])
      for (const { before, now } of inner(this.#recharged, claimed).values()) {
        charge(before, -1);
        charge(now, 1);
      }
    return capacities;
  }

  async claimCapacity(
    owner: ResourceUuid,
    holder: ResourceUuid,
    className: string,
    amount: number,
  ): Promise<boolean> {
    const claim = await this.claimOf(owner, className);
    if (claim !== undefined && claim.holder !== holder) return false;
    const more = amount - (claim?.amount ?? 0);
    if (claim !== undefined && more === 0) return true;
    const capacity = (await this.capacities(className)).get(holder);
    if (capacity === undefined || capacity.used + more > capacity.total) return false;
    await this.#recharge(owner, className, { holder, amount });
    return true;
  }

  async claimOf(owner: ResourceUuid, className: string): Promise<Claim | undefined> {
    const recharged = this.#recharged.get(className)?.get(owner);
    return recharged === undefined ? this.#base.claimOf(owner, className) : recharged.now;
  }

  async moveClaim(
    owner: ResourceUuid,
    className: string,
    from: ResourceUuid,
    to: ResourceUuid,
  ): Promise<boolean> {
    const claim = await this.claimOf(owner, className);
    if (claim === undefined || claim.holder === to) return claim !== undefined;
    if (claim.holder !== from) return false;
    const left = leaving(className);
    const earlier = await this.claimOf(owner, left);
    if (earlier === undefined) {
      const capacity = (await this.capacities(className)).get(to);
      if (capacity === undefined || capacity.used + claim.amount > capacity.total) return false;
    } else if (earlier.holder !== to) return false;
    await this.#recharge(owner, className, earlier ?? { holder: to, amount: claim.amount });
    await this.#recharge(owner, left, claim);
    return true;
  }

  releaseCapacity(owner: ResourceUuid, className: string): Promise<void> {
    return this.#recharge(owner, className, undefined);
  }

  /** Charges an owner what its write costs its account. Throws QuotaExceeded when one of the charges does not fit. */
  async chargeAll(owner: ResourceUuid, charges: readonly Charge[]): Promise<void> {
    for (const { holder, className, amount, limit } of charges) {
      const more = amount - ((await this.claimOf(owner, className))?.amount ?? 0);
      const used = (await this.capacities(className)).get(holder)?.used ?? 0;
      if (more > 0 && used + more > limit)
        throw new QuotaExceeded({ className, used, limit, more });
      if (more > 0) inner(this.#totals, className).set(holder, limit);
      if (more === 0) continue;
      await this.#recharge(owner, className, { holder, amount });
    }
  }

  async #recharge(owner: ResourceUuid, className: string, now: Claim | undefined): Promise<void> {
    const owners = inner(this.#recharged, className);
    const known = owners.get(owner);
    const before = known === undefined ? await this.#base.claimOf(owner, className) : known.before;
    owners.set(owner, { before, now });
  }
}

function inner<Key, Value>(maps: Map<string, Map<Key, Value>>, name: string): Map<Key, Value> {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const made = new Map<Key, Value>();
  maps.set(name, made);
  return made;
}
