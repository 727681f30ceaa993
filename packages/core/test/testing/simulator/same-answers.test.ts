import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { MemoryStore } from '../../../dist/testing/simulator/memory-store.js';
import { commands, listQuery, moment, said, tell } from '../../support/store-calls.js';

void t.test(
  'whatever is asked of it, the store in memory answers as the one in SQL does',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        commands(moment, fc.constantFrom('anything', 'what stays')),
        fc.array(listQuery, { minLength: 1, maxLength: 4 }),
        moment,
        async (calls, lists, now) => {
          const memory = new MemoryStore();
          const sql = sqlStore(new SqliteConnection({ file: ':memory:' }));
          try {
            await sql.migrate();
            for (const call of calls)
              deepStrictEqual(await said(call(memory)), await said(call(sql)));
            deepStrictEqual(await tell(memory, lists, now), await tell(sql, lists, now));
          } finally {
            await sql.close();
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
    t.pass('they never differed');
  },
);
