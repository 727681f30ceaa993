import { type Kysely, type Migration, type MigrationProvider, Migrator, sql } from 'kysely';
import type { Database } from './schema.js';

/** Every schema change there ever was, by the version it leads to, in order. Never edited once released: only added to. */
export interface MigrationSteps {
  readonly [version: string]: Migration;
}

/** The tables of the first release, which each kind of database makes in its own words. */
export interface FirstTables {
  create(db: Kysely<unknown>): Promise<void>;
}

const repairs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // A database without transactions for this may have been stopped right after it.
    const tables = await db.introspection.getTables();
    const resource = tables.find(({ name }) => name === 'resource');
    if (resource?.columns.some(({ name }) => name === 'repairs') !== true)
      await db.schema.alterTable('resource').addColumn('repairs', 'text').execute();
  },
};

const compatibility: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('schema_compatible_since')
      .ifNotExists()
      .addColumn('version', 'varchar(64)', (column) => column.notNull())
      .execute();
    await setCompatibleSince(db, '0001-initial');
  },
};

// Other processes write meanwhile, and one that was stopped right after the first half is run again.
const fullStretches: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const tables = await db.introspection.getTables();
    const allocation = tables.find(({ name }) => name === 'allocation');
    if (allocation?.columns.some(({ name }) => name === 'number') !== true)
      await db.schema.alterTable('allocation').addColumn('number', 'bigint').execute();
    await db.schema
      .createTable('full_stretch')
      .ifNotExists()
      .addColumn('pool', 'varchar(128)', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('start', 'bigint', (column) => column.notNull())
      .addColumn('choice', 'varchar(32)', (column) => column.notNull())
      .addPrimaryKeyConstraint('full_stretch_key', ['pool', 'size', 'start', 'choice'])
      .execute();
  },
};

const traffic: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('traffic')
      .ifNotExists()
      .addColumn('owner', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('network', 'varchar(36)')
      .addColumn('carried', 'text', (column) => column.notNull())
      .addColumn('told', 'text', (column) => column.notNull())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('until', 'bigint', (column) => column.notNull())
      // For the index: an owner has one row anyway.
      .addUniqueConstraint('traffic_network', ['network', 'owner'])
      .execute();
    await db.schema
      .createTable('traffic_reading')
      .ifNotExists()
      .addColumn('network', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/**
 * The steps of one kind of database.
 *
 * A release runs with every schema from its own on that says it is compatible: old and new processes serve together while
 * an upgrade goes on, and a release can be taken back without restoring a backup. So a step should only add: tables,
 * indexes, and columns that may be null or have a default, which an old release neither reads nor writes. A step after
 * which a release of before can't work (a column renamed, dropped, or given another meaning) is wrapped in
 * {@link breaking}; it may come one release after the last that needed the old form, no sooner.
 */
export function migrationSteps(first: FirstTables): MigrationSteps {
  return {
    '0001-initial': { up: (db: Kysely<unknown>) => first.create(db) },
    '0002-repairs': repairs,
    '0003-compatibility': compatibility,
    '0004-full-stretches': fullStretches,
    '0005-traffic': traffic,
  };
}

/** A step that releases without it can't live with. */
export function breaking(version: string, step: Migration): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      // First, so that where a step is no transaction old releases are kept out rather than let in too long.
      await setCompatibleSince(db, version);
      await step.up(db);
    },
  };
}

async function setCompatibleSince(db: Kysely<unknown>, version: string): Promise<void> {
  await sql`delete from schema_compatible_since`.execute(db);
  await sql`insert into schema_compatible_since (version) values (${version})`.execute(db);
}

/** The database was written by a newer release of this library, which this one must not touch. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
  readonly remedy =
    'Run the release that wrote it, or a later one; or restore the backup made before the upgrade.';

  constructor(found: string, known: string) {
    super(
      `the database has schema version ${found}, and this release knows versions up to ${known}`,
    );
  }
}

/**
 * Brings the schema from whatever version it has to ours, one process at a time, one transaction a step where the
 * database has such. A newer schema stays as it is. Throws {@link NewerSchema} when that is not compatible.
 */
export async function migrateSchema(db: Kysely<Database>, steps: MigrationSteps): Promise<void> {
  if ((await standing(db, steps)) !== 'older') return;
  const provider: MigrationProvider = { getMigrations: () => Promise.resolve({ ...steps }) };
  const migrator = new Migrator({
    db,
    provider,
    migrationTableName: 'schema_version',
    migrationLockTableName: 'schema_lock',
  });
  const { error } = await migrator.migrateToLatest();
  // A newer release may have come first while we waited for it.
  if (error !== undefined && (await standing(db, steps)) === 'older') throw error;
}

async function standing(
  db: Kysely<Database>,
  steps: MigrationSteps,
): Promise<'older' | 'ours' | 'newer'> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const has = (table: string): boolean => tables.some(({ name }) => name === table);
  if (!has('schema_version')) return 'older';
  const done = await sql<{ name: string }>`select name from schema_version order by name`.execute(
    db,
  );
  const names = done.rows.map(({ name }) => name);
  const known = Object.keys(steps).at(-1) ?? '';
  const newest = names.filter((name) => !Object.hasOwn(steps, name)).at(-1);
  if (newest === undefined)
    return Object.keys(steps).every((name) => names.includes(name)) ? 'ours' : 'older';
  const since = has('schema_compatible_since')
    ? await sql<{ version: string }>`select version from schema_compatible_since`.execute(db)
    : undefined;
  const [compatible] = since?.rows ?? [];
  if (compatible === undefined || compatible.version > known) throw new NewerSchema(newest, known);
  return 'newer';
}
