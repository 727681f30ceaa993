import { capacityClass, leaving } from '../../model/claim-class.js';
import { QuotaExceeded } from '../../model/errors.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { Capacity, Charge, Claim, Ledger } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew, locked } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import { SqlAllocations, type TombstoneCheck, tombstoneCheck } from './sql-allocations.js';
import { UnitConflict } from './unit-conflict.js';

type ClaimRow = { readonly holder: string; readonly class: string; readonly amount: number };

/** Allocations and claims in a SQL database: unique keys and conditional updates decide, never an earlier read. */
export class SqlLedger implements Ledger {
  readonly #connection: SqlConnection;
  readonly #allocations: SqlAllocations;
  readonly #isGone: TombstoneCheck;
  readonly #total: Prepared<{ holder: string; class: string; total: number }, unknown>;
  readonly #used: Prepared<{ holder: string; class: string }, { used: number }>;
  readonly #claimOf: Prepared<{ owner: string; class: string }, ClaimRow>;
  readonly #charge: Prepared<{ holder: string; class: string; amount: number }, unknown>;
  readonly #discharge: Prepared<{ holder: string; class: string; amount: number }, unknown>;
  readonly #claimToWrite: Prepared<{ owner: string; class: string }, ClaimRow>;
  readonly #claimsToWrite: Prepared<{ owner: string }, ClaimRow>;
  readonly #claim: Prepared<
    { owner: string; holder: string; class: string; amount: number },
    unknown
  >;
  readonly #reclaim: Prepared<{ owner: string; class: string; amount: number }, unknown>;
  readonly #reseat: Prepared<
    { owner: string; class: string; holder: string; amount: number },
    unknown
  >;
  readonly #unclaim: Prepared<{ owner: string; class: string }, unknown>;
  readonly #dropCapacity: Prepared<{ holder: string }, unknown>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const db = connection.builder;
    const { flavour } = connection;
    this.#isGone = tombstoneCheck(connection);
    this.#allocations = new SqlAllocations(connection, this.#isGone);
    this.#total = prepare((p) => flavour.setTotal(db, p));
    this.#used = prepare((p) =>
      db
        .selectFrom('capacity')
        .select('used')
        .where('holder', '=', p.holder)
        .where('class', '=', p.class),
    );
    const claims = db.selectFrom('claim').select(['holder', 'class', 'amount']);
    this.#claimOf = prepare((p) =>
      claims.where('owner', '=', p.owner).where('class', '=', p.class),
    );
    this.#claimToWrite = prepare((p) =>
      locked(claims.where('owner', '=', p.owner).where('class', '=', p.class), flavour.updateLock),
    );
    this.#claimsToWrite = prepare((p) =>
      locked(claims.where('owner', '=', p.owner).orderBy('class'), flavour.updateLock),
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
      flavour.skipExisting(
        db
          .insertInto('claim')
          .values({ owner: p.owner, holder: p.holder, class: p.class, amount: p.amount }),
      ),
    );
    this.#reclaim = prepare((p) =>
      db
        .updateTable('claim')
        .set({ amount: p.amount })
        .where('owner', '=', p.owner)
        .where('class', '=', p.class),
    );
    this.#reseat = prepare((p) =>
      db
        .updateTable('claim')
        .set({ holder: p.holder, amount: p.amount })
        .where('owner', '=', p.owner)
        .where('class', '=', p.class),
    );
    this.#unclaim = prepare((p) =>
      db.deleteFrom('claim').where('owner', '=', p.owner).where('class', '=', p.class),
    );
    this.#dropCapacity = prepare((p) => db.deleteFrom('capacity').where('holder', '=', p.holder));
  }

  allocate: Ledger['allocate'] = async (pool, owner, items) =>
    (await this.#allocations.allocateAll(owner, [{ pool, items }]))[0];

  allocateAll: Ledger['allocateAll'] = (owner, wants) =>
    this.#allocations.allocateAll(owner, wants);

  release: Ledger['release'] = (pool, owner) => this.#allocations.release(pool, owner);

  allocated: Ledger['allocated'] = (pool) => this.#allocations.allocated(pool);

  async setCapacity(holder: ResourceUuid, className: string, total: number): Promise<void> {
    await this.#connection.writeOne(this.#total({ holder, class: className, total }));
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
      if (await this.#isGone(queries, owner)) return false;
      const [claim] = (await queries.run(this.#claimToWrite({ owner, class: className }))).rows;
      if (claim !== undefined && claim.holder !== holder) return false;
      const more = amount - (claim?.amount ?? 0);
      if (claim !== undefined && more === 0) return true;
      const { numAffectedRows } = await queries.run(
        this.#charge({ holder, class: className, amount: more }),
      );
      if (numAffectedRows !== 1n) return false;
      await this.#putClaim(queries, claim, { owner, holder, class: className, amount });
      return true;
    });
  }

  async claimOf(owner: ResourceUuid, className: string): Promise<Claim | undefined> {
    const [claim] = (await this.#connection.run(this.#claimOf({ owner, class: className }))).rows;
    return claim === undefined ? undefined : { holder: asUuid(claim.holder), amount: claim.amount };
  }

  moveClaim(
    owner: ResourceUuid,
    className: string,
    from: ResourceUuid,
    to: ResourceUuid,
  ): Promise<boolean> {
    return this.#connection.write(async (queries) => {
      if (await this.#isGone(queries, owner)) return false;
      const [claim] = (await queries.run(this.#claimToWrite({ owner, class: className }))).rows;
      if (claim === undefined || claim.holder === to) return claim !== undefined;
      if (claim.holder !== from) return false;
      const left = leaving(className);
      const [earlier] = (await queries.run(this.#claimToWrite({ owner, class: left }))).rows;
      if (earlier !== undefined && earlier.holder !== to) return false;
      const { amount } = claim;
      if (earlier === undefined) {
        const { numAffectedRows } = await queries.run(
          this.#charge({ holder: to, class: className, amount }),
        );
        if (numAffectedRows !== 1n) return false;
        await this.#putClaim(queries, undefined, { owner, class: left, holder: from, amount });
      } else await queries.run(this.#reseat({ owner, class: left, holder: from, amount }));
      const moved = { holder: to, amount: earlier?.amount ?? amount };
      await queries.run(this.#reseat({ owner, class: className, ...moved }));
      return true;
    });
  }

  async releaseCapacity(owner: ResourceUuid, className: string): Promise<void> {
    await this.#connection.write(async (queries) => {
      for (const claim of (await queries.run(this.#claimToWrite({ owner, class: className })))
        .rows) {
        await this.#discharged(queries, owner, claim);
      }
    });
  }

  // Writes what an owner is charged, in place of what was read before; nobody else may have written it since.
  async #putClaim(
    queries: Queries,
    before: ClaimRow | undefined,
    claim: { owner: string; holder: string; class: string; amount: number },
  ): Promise<void> {
    if (before !== undefined) await queries.run(this.#reclaim(claim));
    else if ((await insertNew(queries, this.#claim(claim))) === 'there')
      throw new UnitConflict('two claims for one owner met');
  }

  /** Charges accounts for `owner`, inside the unit that asks for it. Throws QuotaExceeded, which must undo the unit. */
  async chargeAll(
    queries: Queries,
    owner: ResourceUuid,
    charges: readonly Charge[],
  ): Promise<void> {
    for (const { holder, className, amount, limit } of charges) {
      const account = { holder, class: className };
      const [claim] = (await queries.run(this.#claimToWrite({ owner, class: className }))).rows;
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
      if (more !== 0) await this.#putClaim(queries, claim, { ...account, owner, amount });
    }
  }

  /** Gives back all that `owner` holds, inside a unit that makes it a tombstone. */
  async releaseAll(queries: Queries, owner: ResourceUuid): Promise<void> {
    await this.#allocations.releaseAll(queries, owner);
    for (const claim of (await queries.run(this.#claimsToWrite({ owner }))).rows)
      await this.#discharged(queries, owner, claim);
    await queries.run(this.#dropCapacity({ holder: owner }));
  }

  async #discharged(queries: Queries, owner: ResourceUuid, claim: ClaimRow): Promise<void> {
    await queries.run(this.#discharge({ ...claim, class: capacityClass(claim.class) }));
    await queries.run(this.#unclaim({ owner, class: claim.class }));
  }
}
