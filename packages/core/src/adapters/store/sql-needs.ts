import type { ResourceUuid } from '../../model/identity.js';
import type { ReferrerCount } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

/** Counts what needs a resource: by reads, or in the unit that is to do without it. */
export class SqlNeeds {
  readonly #referrers: Prepared<{ uuid: string }, ReferrerCount>;
  readonly #owned: Prepared<{ uuid: string }, { count: number }>;

  constructor({ builder }: SqlConnection) {
    this.#referrers = prepare((p) =>
      builder
        .selectFrom('reference')
        .innerJoin('resource', 'resource.uuid', 'reference.source')
        .select(['resource.type', 'reference.field', (eb) => eb.fn.countAll<number>().as('count')])
        .where('reference.target', '=', p.uuid)
        .where('resource.removed', 'is', null)
        .groupBy(['resource.type', 'reference.field'])
        .orderBy('resource.type')
        .orderBy('reference.field'),
    );
    this.#owned = prepare((p) =>
      builder
        .selectFrom('resource')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('account', '=', p.uuid)
        .where('uuid', '!=', p.uuid)
        .where('removed', 'is', null),
    );
  }

  /** See Store.countReferrers. */
  async countReferrers(queries: Queries, uuid: ResourceUuid): Promise<readonly ReferrerCount[]> {
    const { rows } = await queries.run(this.#referrers({ uuid }));
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  }

  /** See Store.countOwned. */
  async countOwned(queries: Queries, account: ResourceUuid): Promise<number> {
    const { rows } = await queries.run(this.#owned({ uuid: account }));
    return Number(rows[0]?.count ?? 0);
  }
}
