import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Resource } from '../../model/resource.js';
import type { Scope, Wanted } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';
import { readResource } from './rows.js';
import type { Database, ResourceTable } from './schema.js';
import { FRIENDLY_ID, type SqlReads, sees } from './sql-reads.js';

/** By what one of several rows is looked for. */
type Way = 'uuid' | 'id' | 'naturalKey' | 'nothing';
type Parameters = { readonly [name: string]: string };
type Rows = SelectQueryBuilder<Database, 'resource', ResourceTable>;

/** Looking up several rows of a SQL database in one query. */
export class SqlLookups {
  readonly #connection: SqlConnection;
  readonly #reads: Pick<SqlReads, 'find'>;
  /** By the ways of all that is looked for. */
  readonly #queries = new Map<string, Prepared<Parameters, ResourceTable>>();

  constructor(connection: SqlConnection, reads: Pick<SqlReads, 'find'>) {
    this.#connection = connection;
    this.#reads = reads;
  }

  async findAll(
    scope: Scope,
    wanted: readonly Wanted[],
  ): Promise<readonly (Resource | undefined)[]> {
    const ways = wanted.map(wayTo);
    const rows = ways.every((way) => way === 'nothing') ? [] : await this.#rows(ways, wanted);
    const found = wanted.map((one) => rows.find((row) => isWanted(row, one)));
    return Promise.all(found.map((row, index) => this.#seen(scope, row, wanted[index])));
  }

  async #seen(
    scope: Scope,
    row: ResourceTable | undefined,
    one: Wanted | undefined,
  ): Promise<Resource | undefined> {
    if (one === undefined || 'uuid' in one)
      return row === undefined ? undefined : readResource(row);
    if (row !== undefined) return sees(scope, row) ? readResource(row) : undefined;
    // A natural key may look like a friendly id.
    return wayTo(one) === 'id' && one.type.uniqueBy !== undefined
      ? this.#reads.find(scope, one.type, one.id)
      : undefined;
  }

  async #rows(ways: readonly Way[], wanted: readonly Wanted[]): Promise<readonly ResourceTable[]> {
    const shape = ways.join(' ');
    let query = this.#queries.get(shape);
    if (query === undefined) {
      query = prepare<Parameters, ResourceTable>((p) => rowsOf(this.#connection.builder, ways, p));
      this.#queries.set(shape, query);
    }
    const parameters: Record<string, string> = {};
    for (const [index, one] of wanted.entries()) {
      if ('uuid' in one) parameters[`key${index}`] = one.uuid;
      else {
        parameters[`type${index}`] = one.type.id;
        parameters[`key${index}`] = one.id;
      }
    }
    return (await this.#connection.run(query(parameters))).rows;
  }
}

// One index each: databases differ in how well they see through an `or`.
function rowsOf(db: Kysely<Database>, ways: readonly Way[], p: Parameters): Rows {
  const parts = ways.flatMap((way, index) => {
    const key = p[`key${index}`] ?? '';
    const type = p[`type${index}`] ?? '';
    const rows = db.selectFrom('resource').selectAll('resource');
    if (way === 'nothing') return [];
    if (way === 'uuid') return [rows.where('uuid', '=', key)];
    const typed = rows.where('type', '=', type);
    return way === 'id'
      ? [typed.where('id', '=', key)]
      : [typed.where('natural_key', '=', key).where('live_token', '=', '')];
  });
  return parts.reduce((all, part) => all.unionAll(part));
}

function wayTo(wanted: Wanted): Way {
  if ('uuid' in wanted) return 'uuid';
  if (FRIENDLY_ID.test(wanted.id)) return 'id';
  return wanted.type.uniqueBy === undefined ? 'nothing' : 'naturalKey';
}

function isWanted(row: ResourceTable, wanted: Wanted): boolean {
  if ('uuid' in wanted) return row.uuid === wanted.uuid;
  if (row.type !== wanted.type.id) return false;
  return FRIENDLY_ID.test(wanted.id)
    ? row.id === wanted.id
    : wanted.type.uniqueBy !== undefined && row.removed === null && row.natural_key === wanted.id;
}
