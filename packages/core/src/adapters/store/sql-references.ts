import type { ResourceUuid } from '../../model/identity.js';
import type { Reference, ReferenceChange } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew } from './flavour.js';
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
    const named = distinct(references);
    if (named.length === 0) return;
    const values = named.flatMap(({ field, target }, index) => [
      [`field${index}`, field],
      [`target${index}`, target],
    ]);
    await queries.run(this.#addOf(named.length)({ source, ...Object.fromEntries(values) }));
  }

  /** Puts new targets in the place of the old ones, for the fields that are named. */
  async replace(
    queries: Queries,
    source: ResourceUuid,
    { fields, targets }: ReferenceChange,
  ): Promise<void> {
    for (const field of fields) await queries.run(this.#clear({ source, field }));
    if (this.#connection.flavour.returning === 'yes') await this.add(queries, source, targets);
    // One at a time where a row that is there already ends the statement.
    else for (const target of targets) await this.#addOne(queries, source, target);
  }

  /** Takes all references of a resource away: it is gone and names nobody any more. */
  async clear(queries: Queries, source: ResourceUuid): Promise<void> {
    await queries.run(this.#clearAll({ source }));
  }

  async #addOne(queries: Queries, source: ResourceUuid, reference: Reference): Promise<void> {
    const { field, target } = reference;
    await insertNew(queries, this.#addOf(1)({ source, field0: field, target0: target }));
  }

  #addOf(count: number): Prepared<{ [name: string]: string }, unknown> {
    let add = this.#adds.get(count);
    if (add === undefined) {
      const slots = Array.from({ length: count }, (_, index) => index);
      add = prepare<{ [name: string]: string }>((p) =>
        this.#connection.flavour.skipExisting(
          this.#connection.builder.insertInto('reference').values(
            slots.map((index) => ({
              source: p['source'] ?? '',
              field: p[`field${index}`] ?? '',
              target: p[`target${index}`] ?? '',
            })),
          ),
        ),
      );
      this.#adds.set(count, add);
    }
    return add;
  }
}

function distinct(references: readonly Reference[]): readonly Reference[] {
  return references.filter(
    ({ field, target }, index) =>
      references.findIndex((other) => other.field === field && other.target === target) === index,
  );
}
