import type { ResourceUuid } from '../../model/identity.js';
import type { Reference, ReferenceChange } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

/** Who names whom: the index behind links, blockers and hints. */
export class SqlReferences {
  readonly #connection: SqlConnection;
  /** By the number of rows they add. */
  readonly #adds = new Map<number, Prepared<{ [name: string]: string }, unknown>>();
  readonly #clear: Prepared<{ source: string; field: string }, unknown>;
  readonly #clearAll: Prepared<{ source: string }, unknown>;

  constructor(connection: SqlConnection) {
    const db = connection.builder;
    this.#connection = connection;
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
    if (references.length === 0) return;
    const values = references.flatMap(({ field, target }, index) => [
      [`field${index}`, field],
      [`target${index}`, target],
    ]);
    await queries.run(this.#addOf(references.length)({ source, ...Object.fromEntries(values) }));
  }

  /** Puts new targets in the place of the old ones, for the fields that are named. */
  async replace(
    queries: Queries,
    source: ResourceUuid,
    { fields, targets }: ReferenceChange,
  ): Promise<void> {
    for (const field of fields) await queries.run(this.#clear({ source, field }));
    await this.add(queries, source, targets);
  }

  /** Takes all references of a resource away: it is gone and names nobody any more. */
  async clear(queries: Queries, source: ResourceUuid): Promise<void> {
    await queries.run(this.#clearAll({ source }));
  }

  #addOf(count: number): Prepared<{ [name: string]: string }, unknown> {
    let add = this.#adds.get(count);
    if (add === undefined) {
      const slots = Array.from({ length: count }, (_, index) => index);
      add = prepare<{ [name: string]: string }>((p) =>
        this.#connection.builder
          .insertInto('reference')
          .values(
            slots.map((index) => ({
              source: p['source'] ?? '',
              field: p[`field${index}`] ?? '',
              target: p[`target${index}`] ?? '',
            })),
          )
          .onConflict((conflict) => conflict.doNothing()),
      );
      this.#adds.set(count, add);
    }
    return add;
  }
}
