import { type Kysely, sql } from 'kysely';

/**
 * Makes the tables of the first release. Making a table is no part of a transaction here, so each comes with its
 * indexes, and those of an attempt that was stopped are left as they are. Never edited: see migrations.ts.
 */
export async function createMysqlTables(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ version: string }>`select version() as version`.execute(db);
  // Collations that compare code points and don't take `a` and `a ` for the same.
  const collation = /mariadb/i.test(rows[0]?.version ?? '')
    ? 'utf8mb4_nopad_bin'
    : 'utf8mb4_0900_bin';
  const ending = sql.raw(
    `engine=innodb row_format=dynamic character set utf8mb4 collate ${collation}`,
  );
  for (const table of TABLES) await sql`${sql.raw(table)} ${ending}`.execute(db);
}

/** Makes an index of `resource` unless an attempt that was stopped has made it: only MariaDB knows `if not exists` here. */
export async function indexMysqlResource(
  db: Kysely<unknown>,
  name: string,
  columns: readonly string[],
): Promise<void> {
  const { rows } = await sql`
    select 1 from information_schema.statistics
    where table_schema = database() and table_name = 'resource' and index_name = ${name}`.execute(
    db,
  );
  if (rows.length > 0) return;
  // Text is indexed by its first characters only.
  const parts = columns.map((column) => sql.raw(column === 'name' ? 'name(64)' : column));
  await sql`create index ${sql.raw(name)} on resource (${sql.join(parts)})`.execute(db);
}

const TABLES = [
  // \`changed\` stands for an index of a part of the table: nulls in it cost nothing while a resource is at rest.
  `create table if not exists \`resource\` (
    \`uuid\` varchar(36) not null primary key,
    \`type\` varchar(64) not null,
    \`id\` varchar(64) not null,
    \`account\` varchar(36) not null,
    \`created\` bigint not null,
    \`natural_key\` varchar(512),
    \`live_token\` varchar(36) not null,
    \`visible_to_all\` integer not null,
    \`name\` text,
    \`description\` mediumtext,
    \`data\` longtext not null,
    \`spec\` longtext not null,
    \`generation\` integer not null,
    \`delete_requested_at\` bigint,
    \`status\` longtext not null,
    \`conditions\` longtext not null,
    \`parts\` longtext not null,
    \`observed_generation\` integer not null,
    \`attempted_generation\` integer not null,
    \`status_version\` integer not null,
    \`fence\` varchar(64),
    \`outcome\` varchar(16),
    \`next_attempt_at\` bigint,
    \`attempts\` integer not null,
    \`last_error_code\` varchar(255),
    \`last_error_message\` mediumtext,
    \`removed\` bigint,
    \`changed\` varchar(36) as (case when \`attempted_generation\` < \`generation\` and \`removed\` is null then \`uuid\` end) stored,
    unique index \`resource_id\` (\`type\`, \`id\`),
    unique index \`resource_natural_key\` (\`type\`, \`natural_key\`, \`live_token\`),
    index \`resource_list\` (\`type\`, \`account\`, \`uuid\`),
    index \`resource_changed\` (\`changed\`),
    index \`resource_due\` (\`next_attempt_at\`),
    index \`resource_removed\` (\`removed\`)
  )`,
  `create table if not exists \`reference\` (
    \`source\` varchar(36) not null,
    \`field\` varchar(64) not null,
    \`target\` varchar(36) not null,
    primary key (\`source\`, \`field\`, \`target\`),
    index \`reference_target\` (\`target\`, \`field\`, \`source\`)
  )`,
  `create table if not exists \`history\` (
    \`n\` bigint not null auto_increment primary key,
    \`resource\` varchar(36) not null,
    \`events\` longtext not null,
    index \`history_resource\` (\`resource\`, \`n\`)
  )`,
  'create table if not exists `sequence` (`name` varchar(64) not null primary key, `last` integer not null)',
  `create table if not exists \`allocation\` (
    \`pool\` varchar(128) not null,
    \`item\` varchar(64) not null,
    \`owner\` varchar(36) not null,
    primary key (\`pool\`, \`item\`),
    unique index \`allocation_owner\` (\`owner\`, \`pool\`)
  )`,
  `create table if not exists \`capacity\` (
    \`holder\` varchar(36) not null,
    \`class\` varchar(32) not null,
    \`total\` bigint not null,
    \`used\` bigint not null,
    primary key (\`class\`, \`holder\`),
    index \`capacity_holder\` (\`holder\`)
  )`,
  `create table if not exists \`claim\` (
    \`owner\` varchar(36) not null,
    \`class\` varchar(32) not null,
    \`holder\` varchar(36) not null,
    \`amount\` bigint not null,
    primary key (\`owner\`, \`class\`)
  )`,
] as const;
