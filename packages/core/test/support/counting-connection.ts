import type { CompiledQuery, QueryResult } from 'kysely';
import type { Queries, SqlConnection } from '../../dist/adapters/store/connection.js';

/** What was asked of a database. */
export interface Asked {
  readonly statements: number;
  /** Those that were answered with. */
  readonly rows: number;
}

/** A connection that counts what goes through it. */
export function countingConnection(inner: SqlConnection): SqlConnection & { take(): Asked } {
  let asked = { statements: 0, rows: 0 };
  const counted = async <Row>(answer: Promise<QueryResult<Row>>): Promise<QueryResult<Row>> => {
    const result = await answer;
    asked = { statements: asked.statements + 1, rows: asked.rows + result.rows.length };
    return result;
  };
  const through = (queries: Queries): Queries => ({
    run: <Row>(query: CompiledQuery<Row>) => counted(queries.run(query)),
  });
  return {
    builder: inner.builder,
    flavour: inner.flavour,
    migrations: inner.migrations,
    run: (query) => counted(inner.run(query)),
    write: (unit) => inner.write((queries) => unit(through(queries))),
    writeOne: (query) => counted(inner.writeOne(query)),
    close: () => inner.close(),
    /** What was asked since this was called last. */
    take: () => {
      const before = asked;
      asked = { statements: 0, rows: 0 };
      return before;
    },
  };
}
