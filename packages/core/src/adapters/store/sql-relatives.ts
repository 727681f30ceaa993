import { asUuid } from '../../model/identity.js';
import type { Relative, RelativesQuery, Scope } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { readResource } from './rows.js';
import { RESOURCE_COLUMNS } from './schema.js';

/** Following one reference field from many rows of a SQL database, in one query. */
export class SqlRelatives {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async find(
    scope: Scope,
    { of, end, type, field, limit }: RelativesQuery,
  ): Promise<readonly Relative[]> {
    if (of.length === 0) return [];
    const [near, far] =
      end === 'targets'
        ? (['reference.source', 'reference.target'] as const)
        : (['reference.target', 'reference.source'] as const);
    let found = this.#connection.builder
      .selectFrom('resource')
      .innerJoin('reference', far, 'resource.uuid')
      .select(RESOURCE_COLUMNS)
      .select(`${near} as of`)
      .where(near, 'in', of)
      .where('reference.field', '=', field)
      .where('resource.type', '=', type.id);
    if (end === 'sources') found = found.where('resource.removed', 'is', null);
    if (scope.kind === 'account') {
      const { account } = scope;
      found = found.where((eb) =>
        eb.or([eb('resource.account', '=', account), eb('visible_to_all', '=', 1)]),
      );
    }
    const { rows } = await this.#connection.run(
      found.orderBy('resource.uuid').orderBy('of').limit(limit).compile(),
    );
    return rows.map((row) => ({ of: asUuid(row.of), resource: readResource(row) }));
  }
}
