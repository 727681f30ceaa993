import type { ResourceUuid } from '../../model/identity.js';
import type { Reference } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

/** Who names whom: the index behind links, blockers and hints. */
export class SqlReferences {
  readonly #add: Prepared<{ source: string; field: string; target: string }, unknown>;
  readonly #clear: Prepared<{ source: string; field: string }, unknown>;
  readonly #clearAll: Prepared<{ source: string }, unknown>;

  constructor(connection: SqlConnection) {
    const db = connection.builder;
    this.#add = prepare((p) =>
      db
        .insertInto('reference')
        .values({ source: p.source, field: p.field, target: p.target })
        .onConflict((conflict) => conflict.doNothing()),
    );
    this.#clear = prepare((p) =>
      db.deleteFrom('reference').where('source', '=', p.source).where('field', '=', p.field),
    );
    this.#clearAll = prepare((p) => db.deleteFrom('reference').where('source', '=', p.source));
  }

  /** Adds the references of a new resource. */
  async add(
    queries: Queries,
    source: ResourceUuid,
    references: readonly Reference[],
  ): Promise<void> {
    for (const { field, target } of references)
      await queries.run(this.#add({ source, field, target }));
  }

  /** Puts new targets in the place of the old ones, for the fields that are named. */
  async replace(
    queries: Queries,
    source: ResourceUuid,
    references: readonly Reference[],
  ): Promise<void> {
    for (const field of new Set(references.map((reference) => reference.field))) {
      await queries.run(this.#clear({ source, field }));
    }
    await this.add(queries, source, references);
  }

  /** Takes all references of a resource away: it is gone and names nobody any more. */
  async clear(queries: Queries, source: ResourceUuid): Promise<void> {
    await queries.run(this.#clearAll({ source }));
  }
}
