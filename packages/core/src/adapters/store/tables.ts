import { type Expression, type Kysely, sql } from 'kysely';

/** What SQLite and PostgreSQL say differently when they make tables. */
export interface TableWords {
  /** Text that is compared by its code points. */
  readonly key: Expression<unknown>;
  readonly text: Expression<unknown>;
  /** A number the database counts up by itself. */
  readonly counted: Expression<unknown>;
  /** Ends a table whose rows live in their primary key's tree. */
  readonly clustered: Expression<unknown>;
  /** Ends a table whose rows are written again and again. */
  readonly rewritten: Expression<unknown>;
}

/** Makes the tables of the first release. Never edited: see migrations.ts. */
export async function createTables(db: Kysely<unknown>, words: TableWords): Promise<void> {
  await db.schema
    .createTable('resource')
    .addColumn('uuid', words.key, (column) => column.primaryKey())
    .addColumn('type', words.key, (column) => column.notNull())
    .addColumn('id', words.key, (column) => column.notNull())
    .addColumn('account', words.key, (column) => column.notNull())
    .addColumn('created', 'bigint', (column) => column.notNull())
    .addColumn('natural_key', words.key)
    .addColumn('live_token', words.key, (column) => column.notNull())
    .addColumn('visible_to_all', 'integer', (column) => column.notNull())
    .addColumn('name', words.text)
    .addColumn('description', words.text)
    .addColumn('data', words.text, (column) => column.notNull())
    .addColumn('spec', words.text, (column) => column.notNull())
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('delete_requested_at', 'bigint')
    .addColumn('status', words.text, (column) => column.notNull())
    .addColumn('conditions', words.text, (column) => column.notNull())
    .addColumn('parts', words.text, (column) => column.notNull())
    .addColumn('observed_generation', 'integer', (column) => column.notNull())
    .addColumn('attempted_generation', 'integer', (column) => column.notNull())
    .addColumn('status_version', 'integer', (column) => column.notNull())
    .addColumn('fence', words.key)
    .addColumn('outcome', words.key)
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('last_error_code', words.key)
    .addColumn('last_error_message', words.text)
    .addColumn('removed', 'bigint')
    .modifyEnd(words.rewritten)
    .execute();
  await db.schema
    .createIndex('resource_list')
    .on('resource')
    .columns(['type', 'account', 'uuid'])
    .execute();
  // After the list's: among indexes that look equally good for a table nobody has counted yet, PostgreSQL takes the newest,
  // and looking for one row by the list's index would cost more with every row there is.
  await sql`create unique index resource_id on resource (type, id)`.execute(db);
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
    .addColumn('source', words.key, (column) => column.notNull())
    .addColumn('field', words.key, (column) => column.notNull())
    .addColumn('target', words.key, (column) => column.notNull())
    .addPrimaryKeyConstraint('reference_key', ['source', 'field', 'target'])
    .modifyEnd(words.clustered)
    .execute();
  await db.schema
    .createIndex('reference_target')
    .on('reference')
    .columns(['target', 'field', 'source'])
    .execute();

  await db.schema
    .createTable('history')
    .addColumn('n', words.counted, (column) => column.primaryKey())
    .addColumn('resource', words.key, (column) => column.notNull())
    .addColumn('events', words.text, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('history_resource')
    .on('history')
    .columns(['resource', 'n'])
    .execute();

  await db.schema
    .createTable('sequence')
    .addColumn('name', words.key, (column) => column.primaryKey())
    .addColumn('last', 'integer', (column) => column.notNull())
    .modifyEnd(words.clustered)
    .execute();
  await db.schema
    .createTable('allocation')
    .addColumn('pool', words.key, (column) => column.notNull())
    .addColumn('item', words.key, (column) => column.notNull())
    .addColumn('owner', words.key, (column) => column.notNull())
    .addPrimaryKeyConstraint('allocation_key', ['pool', 'item'])
    .addUniqueConstraint('allocation_owner', ['owner', 'pool'])
    .modifyEnd(words.clustered)
    .execute();
  await db.schema
    .createTable('capacity')
    .addColumn('holder', words.key, (column) => column.notNull())
    .addColumn('class', words.key, (column) => column.notNull())
    .addColumn('total', 'bigint', (column) => column.notNull())
    .addColumn('used', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('capacity_key', ['class', 'holder'])
    .modifyEnd(words.clustered)
    .execute();
  await db.schema
    .createTable('claim')
    .addColumn('owner', words.key, (column) => column.notNull())
    .addColumn('class', words.key, (column) => column.notNull())
    .addColumn('holder', words.key, (column) => column.notNull())
    .addColumn('amount', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('claim_key', ['owner', 'class'])
    .modifyEnd(words.clustered)
    .execute();
}

/** Makes an index of `resource` where it is not there yet. */
export async function indexResource(
  db: Kysely<unknown>,
  name: string,
  columns: readonly string[],
): Promise<void> {
  await db.schema
    .createIndex(name)
    .ifNotExists()
    .on('resource')
    .columns([...columns])
    .execute();
}
