import { asUuid } from '../../model/identity.js';
import type { ChangeQuery, ChangeRecord, ChangeRecords } from '../../ports/change-records.js';
import type { HistoryEvent } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';
import type { HistoryTable } from './schema.js';

type Row = Omit<HistoryTable, 'n'> & { readonly n: number };

/** The histories of all resources as one, in a SQL database. */
export class SqlChanges implements ChangeRecords {
  readonly #connection: SqlConnection;
  readonly #newest: Prepared<{ limit: number }, { n: number }>;
  readonly #after: Prepared<{ after: number; limit: number }, Row>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const db = connection.builder;
    this.#newest = prepare((p) =>
      db.selectFrom('history').select('n').orderBy('n', 'desc').limit(p.limit),
    );
    this.#after = prepare((p) =>
      db
        .selectFrom('history')
        .select(['n', 'resource', 'events'])
        .where('n', '>', p.after)
        .orderBy('n')
        .limit(p.limit),
    );
  }

  async newestChanges(limit: number): Promise<readonly number[]> {
    const { rows } = await this.#connection.run(this.#newest({ limit }));
    return rows.map(({ n }) => Number(n)).toReversed();
  }

  async changes(query: ChangeQuery): Promise<readonly ChangeRecord[]> {
    const { after, missing, limit } = query;
    const { rows } =
      missing.length === 0
        ? await this.#connection.run(this.#after({ after, limit }))
        : await this.#afterOrMissing(query);
    return rows.map(({ n, resource, events }) => ({
      number: Number(n),
      resource: asUuid(resource),
      events: JSON.parse(events) as HistoryEvent[],
    }));
  }

  #afterOrMissing({ after, missing, limit }: ChangeQuery): Promise<{ readonly rows: Row[] }> {
    const lowest = Math.min(...missing.map(({ first }) => first));
    const records = this.#connection.builder
      .selectFrom('history')
      .select(['n', 'resource', 'events'])
      // Says nothing new, but where in the index to begin.
      .where('n', '>=', lowest)
      .where((eb) =>
        eb.or([
          eb('n', '>', after),
          ...missing.map(({ first, last }) => eb.between('n', first, last)),
        ]),
      )
      .orderBy('n')
      .limit(limit);
    return this.#connection.run(records.compile());
  }
}
