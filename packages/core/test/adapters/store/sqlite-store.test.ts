import { join } from 'node:path';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { withRowCache } from '../../../dist/adapters/store/row-cache.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { storeContract } from './store-contract.js';

storeContract('SQLite in memory', async (t) => {
  const store = sqlStore(new SqliteConnection({ file: ':memory:' }));
  t.teardown(() => store.close());
  await store.migrate();
  return store;
});

storeContract('SQLite behind the row cache', async (t) => {
  const store = withRowCache(sqlStore(new SqliteConnection({ file: ':memory:' })));
  t.teardown(() => store.close());
  await store.migrate();
  return store;
});

storeContract('SQLite on file', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const store = sqlStore(new SqliteConnection({ file, synchronous: 'normal' }));
  t.teardown(() => store.close());
  await store.migrate();
  return store;
});
