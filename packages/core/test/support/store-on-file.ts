import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@gdcloud/core';
import { SqliteConnection } from '../../dist/adapters/sqlite/sqlite-connection.js';
import { withRowCache } from '../../dist/adapters/store/row-cache.js';
import { sqlStore } from '../../dist/adapters/store/sql-store.js';

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

/** A database in a file, as a cloud of one process has it, and the folder that has nothing but its files. */
export async function storeOnFile(
  t: Teardown,
): Promise<{ readonly store: Store; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-store-'));
  const store = withRowCache(sqlStore(new SqliteConnection({ file: join(folder, 'cloud.db') })));
  t.teardown(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  return { store, folder };
}
