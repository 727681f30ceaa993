import t from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { takeNumber } from '../../../dist/adapters/store/numbered-gaps.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { numberedItems } from '../../../dist/cloud/numbered-items.js';
import { uuid } from '../../support/resources.js';

const ALL = 65_536;

/** Where the n-th begins: all over the place, the same in each run. */
function begin(n: number): number {
  return (n * 40_503 + 7) % ALL;
}

t.test('a pool of 65,536 fills up, and few of them are looked at for each', async (t) => {
  const held = new Uint8Array(ALL + 1);
  let looked = 0;
  const search = {
    take: (item: string) => {
      const number = Number(item);
      looked += 1;
      if (held[number] === 1) return Promise.resolve('not free' as const);
      held[number] = 1;
      return Promise.resolve('taken' as const);
    },
    lastBefore: (from: string, before: string) => {
      for (let number = Number(from); number < Number(before); number += 1) {
        looked += 1;
        if (held[number + 1] === 0) return Promise.resolve(String(number).padStart(10, '0'));
      }
      return Promise.resolve(undefined);
    },
    held: (from: string, before: string) => {
      looked += Number(before) - Number(from);
      let count = 0;
      for (let number = Number(from); number < Number(before); number += 1)
        count += held[number] ?? 0;
      return Promise.resolve(count);
    },
  };
  const take = (n: number) =>
    takeNumber(numberedItems({ first: 0, last: ALL - 1, from: begin(n * n), without: [] }), search);
  const given = new Set<string | undefined>();
  for (let n = 0; n < ALL; n += 1) given.add(await take(n));
  t.equal(given.size, ALL, 'no two the same, and none is left');
  t.notOk(given.has(undefined));
  t.comment(`${Math.round(looked / ALL)} looked at for each`);
  t.ok(looked / ALL < 2_000);
  t.equal(await take(1), undefined);
});

t.test(
  '64 allocators at once get all that there is, each once, and what is given back is given again',
  async (t) => {
    const store = sqlStore(new SqliteConnection({ file: ':memory:' }));
    t.teardown(() => store.close());
    await store.migrate();
    const count = 2_048;
    const allocate = (n: number) =>
      store.allocate(
        'address',
        uuid(n),
        numberedItems({ first: 1, last: count, from: 1 + ((n * 1_103) % count), without: [7] }),
      );
    let next = 0;
    const given: (string | undefined)[] = [];
    const allocator = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        given.push(await allocate(next));
      }
    };
    await Promise.all(Array.from({ length: 64 }, allocator));
    t.equal(new Set(given).size, count, 'one of them got none, as one number is not meant');
    t.equal(given.filter((item) => item === undefined).length, 1);
    for (let n = 1; n <= 64; n += 1) await store.release('address', uuid(n));
    const again = await Promise.all(Array.from({ length: 64 }, (_, n) => allocate(10_000 + n)));
    t.equal(new Set(again).size, 64);
    const held = await store.allocated('address');
    t.equal(new Set(held).size, count - 1, 'nothing leaked');
  },
);
