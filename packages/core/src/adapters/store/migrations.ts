import { type Kysely, type Migration, type MigrationProvider, Migrator, sql } from 'kysely';
import type { Database } from './schema.js';

// Rows live in their primary key's tree: a write touches one page less for each row, and pages are what a commit costs.
const CLUSTERED = sql`without rowid`;

const initial: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('resource')
      .addColumn('uuid', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('type', 'varchar(64)', (column) => column.notNull())
      .addColumn('id', 'varchar(64)', (column) => column.notNull())
      .addColumn('account', 'varchar(36)', (column) => column.notNull())
      .addColumn('created', 'bigint', (column) => column.notNull())
      .addColumn('natural_key', 'varchar(255)')
      .addColumn('live_token', 'varchar(36)', (column) => column.notNull())
      .addColumn('visible_to_all', 'integer', (column) => column.notNull())
      .addColumn('name', 'varchar(255)')
      .addColumn('description', 'text')
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('spec', 'text', (column) => column.notNull())
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('delete_requested_at', 'bigint')
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('conditions', 'text', (column) => column.notNull())
      .addColumn('parts', 'text', (column) => column.notNull())
      .addColumn('observed_generation', 'integer', (column) => column.notNull())
      .addColumn('attempted_generation', 'integer', (column) => column.notNull())
      .addColumn('status_version', 'integer', (column) => column.notNull())
      .addColumn('fence', 'varchar(64)')
      .addColumn('outcome', 'varchar(16)')
      .addColumn('next_attempt_at', 'bigint')
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('last_error_code', 'varchar(64)')
      .addColumn('last_error_message', 'text')
      .addColumn('removed', 'bigint')
      .addUniqueConstraint('resource_id', ['type', 'id'])
      .execute();
    await db.schema
      .createIndex('resource_list')
      .on('resource')
      .columns(['type', 'account', 'uuid'])
      .execute();
    await sql`create unique index resource_natural_key on resource (type, natural_key, live_token) where natural_key is not null`.execute(
      db,
    );
    // The dirty scan must stay cheap among a million resources at rest: only what waits is in these indexes.
    await sql`create index resource_changed on resource (uuid) where attempted_generation < generation and removed is null`.execute(
      db,
    );
    await sql`create index resource_due on resource (next_attempt_at) where next_attempt_at is not null`.execute(
      db,
    );
    await sql`create index resource_removed on resource (removed) where removed is not null`.execute(
      db,
    );

    await db.schema
      .createTable('reference')
      .addColumn('source', 'varchar(36)', (column) => column.notNull())
      .addColumn('field', 'varchar(64)', (column) => column.notNull())
      .addColumn('target', 'varchar(36)', (column) => column.notNull())
      .addPrimaryKeyConstraint('reference_key', ['source', 'field', 'target'])
      .modifyEnd(CLUSTERED)
      .execute();
    await db.schema
      .createIndex('reference_target')
      .on('reference')
      .columns(['target', 'field', 'source'])
      .execute();

    await db.schema
      .createTable('history')
      .addColumn('n', 'integer', (column) => column.primaryKey())
      .addColumn('resource', 'varchar(36)', (column) => column.notNull())
      .addColumn('events', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('history_resource')
      .on('history')
      .columns(['resource', 'n'])
      .execute();

    await db.schema
      .createTable('sequence')
      .addColumn('name', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('last', 'integer', (column) => column.notNull())
      .modifyEnd(CLUSTERED)
      .execute();
    await db.schema
      .createTable('allocation')
      .addColumn('pool', 'varchar(128)', (column) => column.notNull())
      .addColumn('item', 'varchar(64)', (column) => column.notNull())
      .addColumn('owner', 'varchar(36)', (column) => column.notNull())
      .addPrimaryKeyConstraint('allocation_key', ['pool', 'item'])
      .addUniqueConstraint('allocation_owner', ['owner', 'pool'])
      .modifyEnd(CLUSTERED)
      .execute();
    await db.schema
      .createTable('capacity')
      .addColumn('holder', 'varchar(36)', (column) => column.notNull())
      .addColumn('class', 'varchar(32)', (column) => column.notNull())
      .addColumn('total', 'bigint', (column) => column.notNull())
      .addColumn('used', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('capacity_key', ['class', 'holder'])
      .modifyEnd(CLUSTERED)
      .execute();
    await db.schema
      .createTable('claim')
      .addColumn('owner', 'varchar(36)', (column) => column.notNull())
      .addColumn('class', 'varchar(32)', (column) => column.notNull())
      .addColumn('holder', 'varchar(36)', (column) => column.notNull())
      .addColumn('amount', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('claim_key', ['owner', 'class'])
      .modifyEnd(CLUSTERED)
      .execute();
  },
};

const repairs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('resource').addColumn('repairs', 'text').execute();
  },
};

/** Every schema change there ever was, by the version it leads to, in order. Never edited once released: only added to. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-repairs': repairs,
};

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

/** Brings the schema from whatever version it has to ours, one transaction a step. Throws {@link NewerSchema}. */
export async function migrateSchema(db: Kysely<Database>): Promise<void> {
  const provider: MigrationProvider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
  const migrator = new Migrator({
    db,
    provider,
    migrationTableName: 'schema_version',
    migrationLockTableName: 'schema_lock',
  });
  await refuseNewer(db);
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function refuseNewer(db: Kysely<Database>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'schema_version')) return;
  const { rows } = await sql<{
    name: string;
  }>`select name from schema_version order by name`.execute(db);
  const unknown = rows.map((row) => row.name).filter((name) => !Object.hasOwn(MIGRATIONS, name));
  const newest = unknown.at(-1);
  if (newest !== undefined) throw new NewerSchema(newest, Object.keys(MIGRATIONS).at(-1) ?? 'none');
}
