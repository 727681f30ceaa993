import t from 'tap';
import { fairShare } from '../../../dist/adapters/zookeeper/fair-share.js';

t.test('alone, a member takes all', (t) => {
  const { take, give } = fairShare({
    partitions: 4,
    members: ['a'],
    self: 'a',
    held: [],
    taken: new Set(),
  });
  t.same(take, [0, 1, 2, 3]);
  t.same(give, []);
  t.end();
});

t.test('who has too much gives up what has no work first', (t) => {
  const { take, give } = fairShare({
    partitions: 4,
    members: ['a', 'b'],
    self: 'a',
    held: [
      { partition: 0, keys: 0 },
      { partition: 1, keys: 2 },
      { partition: 2, keys: 0 },
      { partition: 3, keys: 1 },
    ],
    taken: new Set([0, 1, 2, 3]),
  });
  t.same(give.toSorted(), [0, 2]);
  t.same(take, []);
  t.end();
});

t.test('shares add up to all partitions, and differ by one at most', (t) => {
  for (let count = 1; count <= 20; count += 1) {
    const members = Array.from({ length: count }, (_, n) => `m${n}`);
    const sizes = members.map(
      (self) =>
        fairShare({ partitions: 256, members, self, held: [], taken: new Set() }).take.length,
    );
    t.equal(
      sizes.reduce((sum, size) => sum + size),
      256,
    );
    t.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  }
  t.end();
});

t.test('who is not a member yet, or not any more, does nothing', (t) => {
  const held = [{ partition: 0, keys: 0 }];
  t.same(fairShare({ partitions: 4, members: ['b'], self: 'a', held, taken: new Set([0]) }), {
    take: [],
    give: [],
  });
  t.end();
});
