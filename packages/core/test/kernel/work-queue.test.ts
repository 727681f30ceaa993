import { asUuid } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';
import { BANDS, type Band, type Work, WorkQueue } from '../../dist/kernel/work-queue.js';

function work(name: string, band: Band = 'user', account = 'a'): Work {
  return { uuid: asUuid(name), account: asUuid(account), band };
}

/** Takes everything there is, finishing each at once. */
function drain(queue: WorkQueue): string[] {
  const order: string[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    order.push(next.uuid);
    queue.finish(next.uuid);
  }
  return order;
}

t.test('an empty queue has nothing', async (t) => {
  const queue = new WorkQueue();
  t.equal(queue.take(), undefined);
  t.equal(queue.size, 0);
  queue.finish(asUuid('never taken'));
  t.equal(queue.size, 0);
});

t.test('a resource is in it once, however often it is added', async (t) => {
  const queue = new WorkQueue();
  for (let n = 0; n < 5; n += 1) queue.add(work('one'));
  t.equal(queue.size, 1);
  t.same(drain(queue), ['one']);
});

t.test('what is more urgent comes first', async (t) => {
  const queue = new WorkQueue();
  for (const band of BANDS.toReversed()) queue.add(work(band, band));
  t.same(drain(queue), [...BANDS]);
});

t.test('queued work becomes more urgent, never less', async (t) => {
  const queue = new WorkQueue();
  queue.add(work('late', 'resync'));
  queue.add(work('middle', 'dependency'));
  queue.add(work('late', 'user'));
  queue.add(work('late', 'retry'));
  t.equal(queue.size, 2);
  t.equal(queue.take()?.band, 'user');
  queue.finish(asUuid('late'));
  t.same(drain(queue), ['middle'], 'and comes once only');
});

t.test('what is added while it is being worked on comes again afterwards', async (t) => {
  const queue = new WorkQueue();
  queue.add(work('one'));
  queue.take();
  queue.add(work('one', 'resync'));
  queue.add(work('one', 'dependency'));
  queue.add(work('one', 'retry'));
  t.equal(queue.take(), undefined, 'not before it is finished');
  queue.finish(asUuid('one'));
  t.equal(queue.take()?.band, 'dependency', 'as urgent as the most urgent');
  queue.finish(asUuid('one'));
  t.equal(queue.take(), undefined);
});

t.test('only bands that are urgent enough are taken where that is asked for', async (t) => {
  const queue = new WorkQueue();
  queue.add(work('later', 'dependency'));
  t.equal(queue.take('user'), undefined);
  queue.add(work('now', 'user'));
  t.equal(queue.take('user')?.uuid, 'now');
  t.equal(queue.take('dependency')?.uuid, 'later');
});

t.test('one account’s ten thousand changes do not make another wait', async (t) => {
  const queue = new WorkQueue();
  for (let n = 0; n < 10_000; n += 1) queue.add(work(`a${n}`, 'user', 'a'));
  queue.add(work('b0', 'user', 'b'));
  queue.add(work('c0', 'user', 'c'));
  queue.add(work('c1', 'user', 'c'));
  t.equal(queue.size, 10_003);
  const order = drain(queue);
  t.same(order.slice(0, 6), ['a0', 'b0', 'c0', 'a1', 'c1', 'a2']);
  t.equal(order.length, 10_003);
  const ofA = order.filter((name) => name.startsWith('a'));
  t.same(
    ofA,
    Array.from({ length: 10_000 }, (_, n) => `a${n}`),
    'first in, first out',
  );
});

t.test('a queue keeps every promise, whatever is done with it', async (t) => {
  const names = fc.constantFrom('p', 'q', 'r', 's', 't');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), name: names, band: fc.constantFrom(...BANDS) }),
    fc.record({ kind: fc.constant('take' as const), least: fc.constantFrom(...BANDS) }),
    fc.record({ kind: fc.constant('finish' as const), name: names }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new WorkQueue();
      const rank = (band: Band): number => BANDS.indexOf(band);
      // The model: how urgent each waiting resource is, and what is being worked on and must come again.
      const waiting = new Map<string, Band>();
      const working = new Map<string, Band | undefined>();
      const merged = (band: Band, other: Band | undefined): Band =>
        other !== undefined && rank(other) <= rank(band) ? other : band;
      for (const each of steps) {
        if (each.kind === 'add') {
          const account = each.name < 'r' ? 'a' : 'b';
          queue.add(work(each.name, each.band, account));
          const into = working.has(each.name) ? working : waiting;
          into.set(each.name, merged(each.band, into.get(each.name)));
        } else if (each.kind === 'take') {
          const taken = queue.take(each.least);
          const best = Math.min(...[...waiting.values()].map(rank));
          if (taken === undefined) {
            if (best <= rank(each.least)) return false;
            continue;
          }
          if (rank(taken.band) !== best || best > rank(each.least)) return false;
          if (waiting.get(taken.uuid) !== taken.band) return false;
          waiting.delete(taken.uuid);
          working.set(taken.uuid, undefined);
        } else if (working.has(each.name)) {
          const again = working.get(each.name);
          working.delete(each.name);
          if (again !== undefined) waiting.set(each.name, again);
          queue.finish(asUuid(each.name));
        }
        if (queue.size !== waiting.size) return false;
      }
      return true;
    }),
    { numRuns: 500, seed: 2 },
  );
  t.pass('500 histories');
});
