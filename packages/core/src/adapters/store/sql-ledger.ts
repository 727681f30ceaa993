import { QuotaExceeded } from '../../model/errors.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { AllocationWant, Capacity, Charge, Claim, Ledger } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

type ClaimRow = { readonly holder: string; readonly class: string; readonly amount: number };

/** Allocations and claims in a SQL database: unique keys and conditional updates decide, never an earlier read. */
export class SqlLedger implements Ledger {
  readonly #connection: SqlConnection;
  readonly #tombstone: Prepared<{ uuid: string }, unknown>;
  readonly #held: Prepared<{ pool: string; owner: string }, { item: string }>;
  readonly #take: Prepared<{ pool: string; item: string; owner: string }, unknown>;
  readonly #giveBack: Prepared<{ pool: string; owner: string }, unknown>;
  readonly #total: Prepared<{ holder: string; class: string; total: number }, unknown>;
  readonly #used: Prepared<{ holder: string; class: string }, { used: number }>;
  readonly #claimOf: Prepared<{ owner: string; class: string }, ClaimRow>;
  readonly #charge: Prepared<{ holder: string; class: string; amount: number }, unknown>;
  readonly #discharge: Prepared<{ holder: string; class: string; amount: number }, unknown>;
  readonly #claim: Prepared<
    { owner: string; holder: string; class: string; amount: number },
    unknown
  >;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const db = connection.builder;
    this.#tombstone = prepare((p) =>
      db
        .selectFrom('resource')
        .select('uuid')
        .where('uuid', '=', p.uuid)
        .where('removed', 'is not', null),
    );
    this.#held = prepare((p) =>
      db
        .selectFrom('allocation')
        .select('item')
        .where('owner', '=', p.owner)
        .where('pool', '=', p.pool),
    );
    this.#take = prepare((p) =>
      db
        .insertInto('allocation')
        .values({ pool: p.pool, item: p.item, owner: p.owner })
        .onConflict((conflict) => conflict.doNothing()),
    );
    this.#giveBack = prepare((p) =>
      db.deleteFrom('allocation').where('owner', '=', p.owner).where('pool', '=', p.pool),
    );
    this.#total = prepare((p) =>
      db
        .insertInto('capacity')
        .values({ holder: p.holder, class: p.class, total: p.total, used: 0 })
        .onConflict((conflict) =>
          conflict.columns(['class', 'holder']).doUpdateSet({ total: p.total }),
        ),
    );
    this.#used = prepare((p) =>
      db
        .selectFrom('capacity')
        .select('used')
        .where('holder', '=', p.holder)
        .where('class', '=', p.class),
    );
    this.#claimOf = prepare((p) =>
      db
        .selectFrom('claim')
        .select(['holder', 'class', 'amount'])
        .where('owner', '=', p.owner)
        .where('class', '=', p.class),
    );
    this.#charge = prepare((p) =>
      db
        .updateTable('capacity')
        .set((eb) => ({ used: eb('used', '+', p.amount) }))
        .where('holder', '=', p.holder)
        .where('class', '=', p.class)
        .where((eb) => eb(eb('used', '+', p.amount), '<=', eb.ref('total'))),
    );
    this.#discharge = prepare((p) =>
      db
        .updateTable('capacity')
        .set((eb) => ({ used: eb('used', '-', p.amount) }))
        .where('holder', '=', p.holder)
        .where('class', '=', p.class),
    );
    this.#claim = prepare((p) =>
      db
        .insertInto('claim')
        .values({ owner: p.owner, holder: p.holder, class: p.class, amount: p.amount })
        .onConflict((conflict) =>
          conflict.columns(['owner', 'class']).doUpdateSet({ amount: p.amount }),
        ),
    );
  }

  async allocate(
    pool: string,
    owner: ResourceUuid,
    items: Iterable<string>,
  ): Promise<string | undefined> {
    return (await this.allocateAll(owner, [{ pool, items }]))[0];
  }

  allocateAll(
    owner: ResourceUuid,
    wants: readonly AllocationWant[],
  ): Promise<readonly (string | undefined)[]> {
    return this.#connection.write(async (queries) => {
      const given: (string | undefined)[] = [];
      for (const { pool } of wants)
        given.push((await queries.run(this.#held({ pool, owner }))).rows[0]?.item);
      if (!given.includes(undefined) || (await this.#isGone(queries, owner))) return given;
      for (const [index, want] of wants.entries())
        given[index] ??= await this.#firstFree(queries, owner, want);
      return given;
    });
  }

  async release(pool: string, owner: ResourceUuid): Promise<void> {
    await this.#connection.write((queries) => queries.run(this.#giveBack({ pool, owner })));
  }

  async allocated(pool: string): Promise<readonly string[]> {
    const { rows } = await this.#connection.run(
      this.#connection.builder
        .selectFrom('allocation')
        .select('item')
        .where('pool', '=', pool)
        .compile(),
    );
    return rows.map((row) => row.item);
  }

  async setCapacity(holder: ResourceUuid, className: string, total: number): Promise<void> {
    await this.#connection.write((queries) =>
      queries.run(this.#total({ holder, class: className, total })),
    );
  }

  async capacities(className: string): Promise<ReadonlyMap<ResourceUuid, Capacity>> {
    const { rows } = await this.#connection.run(
      this.#connection.builder
        .selectFrom('capacity')
        .selectAll()
        .where('class', '=', className)
        .compile(),
    );
    return new Map(rows.map((row) => [asUuid(row.holder), { total: row.total, used: row.used }]));
  }

  claimCapacity(
    owner: ResourceUuid,
    holder: ResourceUuid,
    className: string,
    amount: number,
  ): Promise<boolean> {
    return this.#connection.write(async (queries) => {
      const [claim] = (await queries.run(this.#claimOf({ owner, class: className }))).rows;
      if (claim !== undefined && claim.holder !== holder) return false;
      const more = amount - (claim?.amount ?? 0);
      if (claim !== undefined && more === 0) return true;
      if (await this.#isGone(queries, owner)) return false;
      const { numAffectedRows } = await queries.run(
        this.#charge({ holder, class: className, amount: more }),
      );
      if (numAffectedRows !== 1n) return false;
      await queries.run(this.#claim({ owner, holder, class: className, amount }));
      return true;
    });
  }

  async claimOf(owner: ResourceUuid, className: string): Promise<Claim | undefined> {
    const [claim] = (await this.#connection.run(this.#claimOf({ owner, class: className }))).rows;
    return claim === undefined ? undefined : { holder: asUuid(claim.holder), amount: claim.amount };
  }

  async releaseCapacity(owner: ResourceUuid, className: string): Promise<void> {
    await this.#connection.write(async (queries) => {
      for (const claim of (await queries.run(this.#claimOf({ owner, class: className }))).rows) {
        await this.#discharged(queries, owner, claim);
      }
    });
  }

  async #firstFree(
    queries: Queries,
    owner: ResourceUuid,
    { pool, items }: AllocationWant,
  ): Promise<string | undefined> {
    for (const item of items) {
      const { numAffectedRows } = await queries.run(this.#take({ pool, item, owner }));
      if (numAffectedRows === 1n) return item;
    }
    return undefined;
  }

  // A late call of a replaced process must not take what its owner has given back for good.
  async #isGone(queries: Queries, owner: ResourceUuid): Promise<boolean> {
    return (await queries.run(this.#tombstone({ uuid: owner }))).rows.length > 0;
  }

  /** Charges accounts for `owner`, inside the unit that asks for it. Throws QuotaExceeded, which must undo the unit. */
  async chargeAll(
    queries: Queries,
    owner: ResourceUuid,
    charges: readonly Charge[],
  ): Promise<void> {
    for (const { holder, className, amount, limit } of charges) {
      const account = { holder, class: className };
      const [claim] = (await queries.run(this.#claimOf({ owner, class: className }))).rows;
      const more = amount - (claim?.amount ?? 0);
      if (more > 0) {
        await queries.run(this.#total({ ...account, total: limit }));
        const { numAffectedRows } = await queries.run(this.#charge({ ...account, amount: more }));
        if (numAffectedRows !== 1n) {
          const used = (await queries.run(this.#used(account))).rows[0]?.used ?? 0;
          throw new QuotaExceeded({ className, used, limit, more });
        }
      } else if (more < 0) {
        await queries.run(this.#discharge({ ...account, amount: -more }));
      }
      if (more !== 0) await queries.run(this.#claim({ ...account, owner, amount }));
    }
  }

  /** Gives back all that `owner` holds, inside a unit that makes it a tombstone. */
  async releaseAll(queries: Queries, owner: ResourceUuid): Promise<void> {
    const db = this.#connection.builder;
    await queries.run(db.deleteFrom('allocation').where('owner', '=', owner).compile());
    const claims = await queries.run(
      db
        .selectFrom('claim')
        .select(['holder', 'class', 'amount'])
        .where('owner', '=', owner)
        .compile(),
    );
    for (const claim of claims.rows) await this.#discharged(queries, owner, claim);
    await queries.run(db.deleteFrom('capacity').where('holder', '=', owner).compile());
  }

  async #discharged(queries: Queries, owner: ResourceUuid, claim: ClaimRow): Promise<void> {
    await queries.run(this.#discharge(claim));
    await queries.run(
      this.#connection.builder
        .deleteFrom('claim')
        .where('owner', '=', owner)
        .where('class', '=', claim.class)
        .compile(),
    );
  }
}
