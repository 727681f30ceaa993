import {
  type Expression,
  type Kysely,
  type Migration,
  type MigrationProvider,
  Migrator,
  sql,
} from 'kysely';
import type { Database } from './schema.js';

/** Every schema change there ever was, by the version it leads to, in order. Never edited once released: only added to. */
export interface MigrationSteps {
  readonly [version: string]: Migration;
}

/** What each kind of database says and makes in its own words. */
export interface DatabaseWords {
  /** Makes the tables of the first release. */
  create(db: Kysely<unknown>): Promise<void>;
  /** Makes an index of `resource` where it is not there yet. */
  index(db: Kysely<unknown>, name: string, columns: readonly string[]): Promise<void>;
  /** Whether an index can be of a part of the rows. */
  readonly partialIndexes: 'yes' | 'no';
  /** A column of at most 64 ASCII characters that are compared one by one. */
  readonly token: Expression<unknown>;
  /** Ends a table whose rows live in their primary key's tree. */
  readonly clustered: Expression<unknown>;
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

// Identities sort by time, so that rows of the log, and their places in most indexes, are only ever appended.
const writeRecords = (words: DatabaseWords): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('keyed_request')
      .ifNotExists()
      .addColumn('account', 'varchar(36)', (column) => column.notNull())
      .addColumn('key', words.token, (column) => column.notNull())
      .addColumn('digest', words.token, (column) => column.notNull())
      .addColumn('resource', 'varchar(36)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('keyed_request_key', ['account', 'key'])
      // For the index, as below.
      .addUniqueConstraint('keyed_request_age', ['at', 'account', 'key'])
      .modifyEnd(words.clustered)
      .execute();
    await db.schema
      .createTable('audit_head')
      .ifNotExists()
      .addColumn('account', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .addColumn('chain_hash', words.token, (column) => column.notNull())
      .modifyEnd(words.clustered)
      .execute();
    const audit = db.schema
      .createTable('audit')
      .ifNotExists()
      .addColumn('uuid', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('account', 'varchar(36)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('mac', words.token, (column) => column.notNull())
      .addColumn('sequence', 'bigint')
      .addColumn('seal', 'text')
      .addUniqueConstraint('audit_list', ['account', 'uuid'])
      .addUniqueConstraint('audit_age', ['at', 'uuid'])
      .modifyEnd(words.clustered);
    if (words.partialIndexes === 'no') {
      await audit
        .addUniqueConstraint('audit_chain', ['account', 'sequence'])
        .addUniqueConstraint('audit_unsealed', ['sequence', 'uuid'])
        .execute();
      return;
    }
    await audit.execute();
    await sql`create unique index audit_chain on audit (account, sequence) where sequence is not null`.execute(
      db,
    );
    await sql`create index audit_unsealed on audit (uuid) where sequence is null`.execute(db);
  },
});

const credentialUse: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('credential_use')
      .ifNotExists()
      .addColumn('resource', 'varchar(36)', (column) => column.primaryKey())
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
export function migrationSteps(words: DatabaseWords): MigrationSteps {
  return {
    '0001-initial': { up: (db: Kysely<unknown>) => words.create(db) },
    '0002-repairs': repairs,
    '0003-compatibility': compatibility,
    '0004-full-stretches': fullStretches,
    '0005-traffic': traffic,
    '0006-write-records': writeRecords(words),
    '0007-credential-use': credentialUse,
    '0009-list-indexes': {
      // Lists of administrators: whoever sees everything must not have everything sorted for a page.
      up: async (db: Kysely<unknown>) => {
        await words.index(db, 'resource_order', ['type', 'uuid']);
        await words.index(db, 'resource_created', ['type', 'created', 'uuid']);
        await words.index(db, 'resource_name', ['type', 'name', 'uuid']);
      },
    },
    // No table changes, but what is in them means something else: releases of before would take what is sealed for texts.
    '0010-sealed-texts': breaking('0010-sealed-texts', { up: () => Promise.resolve() }),
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
