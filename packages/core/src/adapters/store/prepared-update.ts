import type { SelectQueryBuilder, UpdateQueryBuilder, UpdateResult } from 'kysely';
import type { Queries } from './connection.js';
import type { SqlFlavour } from './flavour.js';
import { prepare } from './prepared.js';
import type { Database, ResourceTable } from './schema.js';

/** Updates one resource if its conditions hold, and answers with columns as they are then; undefined when they don't. */
export type PreparedUpdate<Parameters extends object, Column extends keyof ResourceTable> = (
  queries: Queries,
  parameters: Parameters & { readonly uuid: string },
) => Promise<Pick<ResourceTable, Column> | undefined>;

type Update = UpdateQueryBuilder<Database, 'resource', 'resource', UpdateResult>;

/** Prepares an update and the look at what it left, which is one statement where writes can answer. */
export function prepareUpdate<Parameters extends object, Column extends keyof ResourceTable>(
  flavour: SqlFlavour,
  select: SelectQueryBuilder<Database, 'resource', object>,
  columns: readonly Column[],
  update: (parameters: Parameters & { readonly uuid: string }) => Update,
): PreparedUpdate<Parameters, Column> {
  // Kysely infers the row from columns it is told one by one, so that of a list is said here.
  type Row = Pick<ResourceTable, Column>;
  if (flavour.returning === 'yes') {
    const run = prepare<Parameters & { readonly uuid: string }>((p) =>
      update(p).returning(columns),
    );
    return async (queries, parameters) => (await queries.run(run(parameters))).rows[0] as Row;
  }
  const run = prepare(update);
  const read = prepare<{ uuid: string }>((p) => select.select(columns).where('uuid', '=', p.uuid));
  return async (queries, parameters) => {
    // The row stays locked until the unit ends, so what is read is what was written.
    const { numAffectedRows } = await queries.run(run(parameters));
    if (numAffectedRows !== 1n) return undefined;
    return (await queries.run(read(parameters))).rows[0] as Row;
  };
}
