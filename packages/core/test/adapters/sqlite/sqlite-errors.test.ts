import { PortUnavailable } from '@gdcloud/core';
import t from 'tap';
import { asStoreError } from '../../../dist/adapters/sqlite/sqlite-errors.js';

function sqliteError(errcode: unknown): Error {
  return Object.assign(new Error('as SQLite says it'), { errcode });
}

t.test('what keeps SQLite from answering is an absent store, with a remedy', async (t) => {
  for (const [code, message] of [
    [5, /in use by another process/],
    [6, /locked/],
    [8, /read-only/],
    [10, /reading or writing/],
    [11, /damaged/],
    [13, /full/],
    [14, /can’t be opened/],
    [26, /not a database/],
  ] as const) {
    const cause = sqliteError(code);
    const error = asStoreError(cause);
    t.ok(error instanceof PortUnavailable);
    t.match(error, { port: 'store', message, remedy: /^[A-Z].*\.$/, cause });
  }
});

t.test('extended codes mean what their last byte says', async (t) => {
  t.match(asStoreError(sqliteError(10 | (3 << 8))), { message: /reading or writing/ });
  t.match(asStoreError(sqliteError(5 | (2 << 8))), { message: /in use/ });
});

t.test('everything else is passed on as it is', async (t) => {
  for (const code of [1, 19, 19 | (8 << 8), 20, undefined, '5', null]) {
    const error = sqliteError(code);
    t.equal(asStoreError(error), error, String(code));
  }
  const plain = new Error('something else');
  t.equal(asStoreError(plain), plain);
});
