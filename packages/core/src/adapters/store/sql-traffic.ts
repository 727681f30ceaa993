import { asUuid, type ResourceUuid } from '../../model/identity.js';
import { addedTraffic, type TrafficByWay } from '../../model/traffic.js';
import type {
  NetworkReading,
  NewReading,
  TrafficRecord,
  TrafficRecords,
} from '../../ports/traffic-records.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew, locked } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import type { TrafficTable } from './schema.js';

/** What networks have carried, in a SQL database. Of one network one reading after the other is written: the first that names the version before it. */
export class SqlTraffic implements TrafficRecords {
  readonly #connection: SqlConnection;
  readonly #ofNetwork: Prepared<{ network: string }, TrafficTable>;
  readonly #reading: Prepared<{ network: string }, { version: number; at: number }>;
  readonly #firstReading: Prepared<{ network: string; at: number }, unknown>;
  readonly #nextReading: Prepared<{ network: string; after: number; at: number }, unknown>;
  readonly #toAdd: Prepared<{ owner: string }, TrafficTable>;
  readonly #insert: Prepared<TrafficTable, unknown>;
  readonly #update: Prepared<Omit<TrafficTable, 'since'>, unknown>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const { builder: db, flavour } = connection;
    const all = db.selectFrom('traffic').selectAll();
    this.#ofNetwork = prepare((p) => all.where('network', '=', p.network));
    this.#reading = prepare((p) =>
      db.selectFrom('traffic_reading').select(['version', 'at']).where('network', '=', p.network),
    );
    this.#firstReading = prepare((p) =>
      flavour.skipExisting(
        db.insertInto('traffic_reading').values({ network: p.network, version: 1, at: p.at }),
      ),
    );
    this.#nextReading = prepare((p) =>
      db
        .updateTable('traffic_reading')
        .set((eb) => ({ version: eb('version', '+', 1), at: p.at }))
        .where('network', '=', p.network)
        .where('version', '=', p.after),
    );
    this.#toAdd = prepare((p) => locked(all.where('owner', '=', p.owner), flavour.updateLock));
    this.#insert = prepare(({ owner, network, carried, told, since, until }) =>
      flavour.skipExisting(
        db.insertInto('traffic').values({ owner, network, carried, told, since, until }),
      ),
    );
    this.#update = prepare(({ owner, network, carried, told, until }) =>
      db.updateTable('traffic').set({ network, carried, told, until }).where('owner', '=', owner),
    );
  }

  async traffic(owners: readonly ResourceUuid[]): Promise<readonly TrafficRecord[]> {
    if (owners.length === 0) return [];
    const { builder } = this.#connection;
    const all = builder.selectFrom('traffic').selectAll().where('owner', 'in', owners);
    return (await this.#connection.run(all.compile())).rows.map(recordIn);
  }

  async trafficOf(network: ResourceUuid): Promise<NetworkReading> {
    // First the version: records that are newer than it are refused with it.
    const [reading] = (await this.#connection.run(this.#reading({ network }))).rows;
    const { rows } = await this.#connection.run(this.#ofNetwork({ network }));
    const { version = 0, at = 0 } = reading ?? {};
    return { version: Number(version), at: Number(at), records: rows.map(recordIn) };
  }

  countTraffic({ network, after, at, records, account, growth }: NewReading): Promise<boolean> {
    return this.#connection.write(async (queries) => {
      const isNext =
        after === 0
          ? (await insertNew(queries, this.#firstReading({ network, at }))) === 'new'
          : (await queries.run(this.#nextReading({ network, after, at }))).numAffectedRows === 1n;
      if (!isNext) return false;
      for (const record of records) await this.#put(queries, record);
      if (Object.keys(growth).length > 0) await this.#add(queries, account, growth, at);
      return true;
    });
  }

  async #put(queries: Queries, record: TrafficRecord): Promise<void> {
    const row = rowOf(record);
    const { numAffectedRows } = await queries.run(this.#update(row));
    if (numAffectedRows === 0n) await insertNew(queries, this.#insert(row));
  }

  // Others may add to the same account at the same time.
  async #add(
    queries: Queries,
    owner: ResourceUuid,
    growth: TrafficByWay,
    at: number,
  ): Promise<void> {
    const first = { owner, network: null, carried: growth, told: {}, since: at, until: at };
    if ((await insertNew(queries, this.#insert(rowOf(first)))) === 'new') return;
    const [row] = (await queries.run(this.#toAdd({ owner }))).rows;
    if (row === undefined) return;
    const known = recordIn(row);
    const carried = addedTraffic(known.carried, growth);
    await queries.run(this.#update(rowOf({ ...known, carried, until: Math.max(at, known.until) })));
  }
}

function rowOf({ carried, told, ...record }: TrafficRecord): TrafficTable {
  return { ...record, carried: JSON.stringify(carried), told: JSON.stringify(told) };
}

function recordIn({ owner, network, carried, told, since, until }: TrafficTable): TrafficRecord {
  return {
    owner: asUuid(owner),
    network: network === null ? null : asUuid(network),
    carried: JSON.parse(carried) as TrafficByWay,
    told: JSON.parse(told) as TrafficByWay,
    since: Number(since),
    until: Number(until),
  };
}
