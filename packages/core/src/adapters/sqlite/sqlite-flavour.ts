import { sql } from 'kysely';
import { ON_CONFLICT, type SqlFlavour } from '../store/flavour.js';
import { type MigrationSteps, migrationSteps } from '../store/migrations.js';
import { createTables, indexResource } from '../store/tables.js';

const TEXT = sql`text`;
// A write touches one page less for each row, and pages are what a commit costs.
const CLUSTERED = sql`without rowid`;

/** SQLite in one process: nobody else writes, and a statement costs no way. */
export const SQLITE: SqlFlavour = {
  ...ON_CONFLICT,
  writers: 'one',
  returning: 'yes',
  values: {
    ofDocument: (document, field) => sql`json_extract(${sql.ref(document)}, ${`$.${field}`})`,
    ofColumn: (column) => sql.ref(column),
    like: (left, pattern) => sql`${left} like ${pattern} escape '|'`,
  },
};

/** The tables in SQLite's words. */
export const SQLITE_MIGRATIONS: MigrationSteps = migrationSteps({
  create: (db) =>
    createTables(db, {
      key: TEXT,
      text: TEXT,
      counted: sql`integer`,
      clustered: CLUSTERED,
      rewritten: sql``,
    }),
  partialIndexes: 'yes',
  token: TEXT,
  clustered: CLUSTERED,
  index: indexResource,
});
