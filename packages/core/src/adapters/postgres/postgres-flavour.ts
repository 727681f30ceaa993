import { type Expression, type RawBuilder, sql } from 'kysely';
import { ON_CONFLICT, type SqlFlavour, type ValueFlavour } from '../store/flavour.js';
import { type MigrationSteps, migrationSteps } from '../store/migrations.js';
import { createTables, indexResource } from '../store/tables.js';

// What PostgreSQL can't have in a text though JSON can say it: a NUL, and half a pair.
const UNTEXT = String.raw`(^|[^\\])((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})`;

const values: ValueFlavour = {
  ofDocument: (document, field, kind) => {
    // As `json` and not `jsonb`: only the field itself is taken apart then, whatever the others are.
    const value = sql`(${sql.ref(document)}::json -> ${sql.lit(field)}::text)`;
    switch (kind) {
      case 'text':
        return sql`(${clean(value)}::json #>> '{}') collate "C"`;
      case 'number':
        return sql`(case json_typeof(${value}) when 'number' then ${value}::text::float8 end)`;
      case 'boolean':
        return sql`(case ${value}::text when 'true' then 1 when 'false' then 0 end)`;
    }
  },
  // As floats, so that no number a client can send is out of range.
  ofColumn: (column, kind) =>
    kind === 'number' ? sql`${sql.ref(column)}::float8` : sql.ref(column),
  // With the collation "C" nothing but ASCII letters has a case.
  like: (left, pattern) => sql`${left} ilike ${pattern} escape '|'`,
};

function clean(value: Expression<unknown>): RawBuilder<unknown> {
  return sql`(case when position('\\u' in ${value}::text) = 0 then ${value}::text else regexp_replace(${value}::text, ${sql.lit(UNTEXT)}, ${sql.lit('\\1\\2\ufffd')}, 'g') end)`;
}

/** PostgreSQL: others write at the same time, under READ COMMITTED. */
export const POSTGRES: SqlFlavour = {
  ...ON_CONFLICT,
  writers: 'many',
  returning: 'yes',
  shareLock: 'for share',
  updateLock: 'for update',
  stayLock: 'for key share',
  values,
};

const TEXT = sql`text collate "C"`;

/** The tables in PostgreSQL's words. */
export const POSTGRES_MIGRATIONS: MigrationSteps = migrationSteps({
  create: (db) =>
    createTables(db, {
      key: TEXT,
      text: TEXT,
      counted: sql`bigint generated always as identity`,
      clustered: sql``,
      // Room for the next version of a row on its own page: the indexes then need not hear of it.
      rewritten: sql`with (fillfactor = 75)`,
    }),
  partialIndexes: 'yes',
  token: sql`varchar(64)`,
  clustered: sql``,
  index: indexResource,
});
