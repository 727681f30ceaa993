import type { Store } from '@gdcloud/core';
import { CompiledQuery } from 'kysely';
import type { SqlConnection } from '../../dist/adapters/store/connection.js';
import { sqlStore } from '../../dist/adapters/store/sql-store.js';

const TABLES = [
  'resource',
  'reference',
  'history',
  'sequence',
  'allocation',
  'full_stretch',
  'capacity',
  'traffic',
  'traffic_reading',
  'claim',
  'keyed_request',
  'audit',
  'audit_head',
];

/** A migrated store with nothing in it, whatever was there before: making a database takes far longer. */
export async function emptied(
  connection: SqlConnection,
  store: Store = sqlStore(connection),
): Promise<Store> {
  await store.migrate();
  for (const table of TABLES) await connection.writeOne(CompiledQuery.raw(`delete from ${table}`));
  return store;
}
