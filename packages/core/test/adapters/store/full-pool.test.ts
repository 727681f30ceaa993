import type { Store } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { numberedItems } from '../../../dist/cloud/numbered-items.js';
import { countingConnection } from '../../support/counting-connection.js';
import { uuid } from '../../support/resources.js';

const ALL = 65_536;
const ALLOCATORS = 64;
const POOL = 'address';
const KEPT = [0, 1, 65_535];
const ROUNDS = 500;
const ROOM = ALL - KEPT.length;

t.setTimeout(300_000);

/** Any of them, beginning all over the place, the same in each run. */
function anyOf(n: number) {
  const from = (n * 40_503 + (n >> 7) * 7_919 + 7) % ALL;
  return numberedItems({ first: 0, last: ALL - 1, from, without: KEPT });
}

/** Does `work` for each of these, as many at a time as there are allocators. */
async function atOnce(
  from: number,
  before: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = from;
  const allocator = async (): Promise<void> => {
    while (next < before) {
      const n = next;
      next += 1;
      await work(n);
    }
  };
  await Promise.all(Array.from({ length: ALLOCATORS }, allocator));
}

async function opened(t: Test) {
  const connection = countingConnection(new SqliteConnection({ file: ':memory:' }));
  const store = sqlStore(connection);
  t.teardown(() => store.close());
  await store.migrate();
  return { connection, store };
}

async function give(store: Store, n: number): Promise<string | undefined> {
  return store.allocate(POOL, uuid(n), anyOf(n));
}

t.test('64 allocators fill a pool of 65,536, empty it and fill it again', async (t) => {
  const { connection, store } = await opened(t);
  const fill = async (first: number): Promise<void> => {
    const given = new Map<number, string>();
    await atOnce(first, first + ROOM, async (n) => {
      const item = await give(store, n);
      if (item !== undefined) given.set(n, item);
    });
    t.equal(given.size, ROOM, 'each got one');
    t.equal(new Set(given.values()).size, ROOM, 'no two got the same');
    t.notOk(
      [...given.values()].some((item) => KEPT.includes(Number(item))),
      'none that is kept',
    );
    t.equal(await give(store, first), given.get(first), 'who asks again gets the same');
    connection.take();
    t.equal(await give(store, first + ROOM), undefined, 'then it is full');
    await give(store, first + ROOM + 1);
    t.ok(connection.take().rows < 200, 'which is known without looking at all of it');
  };
  await fill(0);
  await atOnce(0, ROOM, async (n) => store.release(POOL, uuid(n)));
  t.same(await store.allocated(POOL), [], 'nothing is left behind');
  await fill(100_000);
  await store.release(POOL, uuid(100_777));
  t.type(await give(store, 5), 'string', 'what is given back to a full pool is given again');
  t.equal(await give(store, 6), undefined);
});

t.test('an allocation costs the same however full the pool is', async (t) => {
  const { connection, store } = await opened(t);
  let held = 0;
  let round = 0;
  const costAt = async (fill: number) => {
    const target = Math.floor(ROOM * fill);
    await atOnce(held, target, async (n) => void (await give(store, n)));
    held = target;
    let most = 0;
    let [statements, rows] = [0, 0];
    // As many are given back as are given: it stays as full as it is.
    for (let n = 0; n < ROUNDS; n += 1) {
      await store.release(POOL, uuid((round * 7_919) % target));
      connection.take();
      await give(store, 1_000_000 + round);
      round += 1;
      const asked = connection.take();
      [statements, rows] = [statements + asked.statements, rows + asked.rows];
      most = Math.max(most, asked.rows);
    }
    [statements, rows] = [statements / ROUNDS, rows / ROUNDS];
    t.comment(
      `${fill * 100} % full: ${statements.toFixed(1)} statements, ${rows.toFixed(1)} rows, at most ${most} rows`,
    );
    return { statements, rows };
  };
  for (const fill of [0.1, 0.5, 0.9, 0.99, 0.999]) {
    const cost = await costAt(fill);
    t.ok(cost.statements < 16, `a few statements at ${fill}`);
    t.ok(cost.rows < 256, `rows of a few stretches at ${fill}`);
  }
});
