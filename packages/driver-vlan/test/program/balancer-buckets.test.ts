import { balancerBuckets } from '@gdcloud/driver-vlan';
import fc from 'fast-check';
import { test } from 'tap';
import { parseBackends } from '../support/backends.js';

const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 20 });
const orders = fc.constantFrom<'spread' | 'settle'>('spread', 'settle');

function count(buckets: ReturnType<typeof balancerBuckets>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { server } of buckets) counts.set(server, (counts.get(server) ?? 0) + 1);
  return counts;
}

test('each backend gets the share of its weight, to within one bucket', async (t) => {
  fc.assert(
    fc.property(weights, orders, (given, order) => {
      const backends = parseBackends(given);
      const buckets = balancerBuckets(backends, order);
      const total = given.reduce((sum, weight) => sum + weight, 0);
      t.equal(buckets.length, total === 0 ? 0 : 64);
      const counts = count(buckets);
      // Those that are due less than one get one, at the cost of the others.
      const small = given.filter((weight) => weight > 0 && weight * 64 < total).length;
      for (const { server, weight } of backends) {
        const due = (weight * 64) / total;
        const got = counts.get(server) ?? 0;
        if (weight === 0) t.equal(got, 0, 'it drains');
        else t.ok(got >= 1 && got < due + 1 && got > due - 1 - small, `${got} of ${due}`);
      }
    }),
  );
});

test('equal backends take turns', async (t) => {
  const buckets = balancerBuckets(parseBackends([5, 5, 5, 5]), 'spread');
  for (let at = 0; at < 64; at += 4) {
    t.equal(new Set(buckets.slice(at, at + 4)).size, 4);
  }
});

test('whatever the order they are told in, the buckets are the same', async (t) => {
  fc.assert(
    fc.property(weights, orders, (given, order) => {
      const backends = parseBackends(given);
      t.same(balancerBuckets(backends.toReversed(), order), balancerBuckets(backends, order));
    }),
  );
});

test('clients keep their servers when others come and go', async (t) => {
  let moved = 0;
  let must = 0;
  for (let size = 2; size <= 20; size += 1) {
    const all = parseBackends(Array.from({ length: size }, () => 1));
    const before = balancerBuckets(all, 'settle');
    for (const gone of all) {
      const after = balancerBuckets(
        all.filter((backend) => backend !== gone),
        'settle',
      );
      must += before.filter((backend) => backend === gone).length;
      moved += before.filter((backend, bucket) => backend !== after[bucket]).length;
    }
  }
  t.comment(`${moved} buckets moved, ${must} had to`);
  t.ok(moved < 2 * must);
});
