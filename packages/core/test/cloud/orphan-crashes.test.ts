import type { OrphanOptions, Store } from '@gdcloud/core';
import t from 'tap';
import { startCloud, surroundings, type TestCloud } from '../support/cloud.js';
import { Mortality, WRITES } from '../support/mortal-store.js';
import { orphans, sleep, sweptWidgets } from '../support/orphans.js';
import { uuid } from '../support/resources.js';

const MINUTE = 60_000;
const EVERY = 10 * MINUTE;
const reap: OrphanOptions = { everyMs: EVERY, policy: 'reap', reapAfterMs: 0 };

/** Dies at the n-th write that concerns an orphan. */
function mortalAt(n: number, death: 'before' | 'after'): Mortality {
  const known = new Set<unknown>();
  let left = n;
  return new Mortality((method, args) => {
    if (!WRITES.has(method)) return undefined;
    if (method === 'insert') {
      const [draft] = args as Parameters<Store['insert']>;
      if (draft.type === 'orphan') known.add(draft.uuid);
      else return undefined;
    } else if (!known.has(args[0])) return undefined;
    left -= 1;
    return left === 0 ? death : undefined;
  });
}

/** As `sleep`, for a process that may die of it. */
async function live(world: TestCloud, mortality: Mortality, ms: number): Promise<void> {
  const { clock } = world;
  clock.jump(clock.now() + ms);
  const end = clock.now() + 1_000;
  do await world.quiet(() => mortality.dead);
  while (!mortality.dead && clock.advanceToNext(end));
}

t.test('killed at any write, an orphan is still set aside and removed exactly once', async (t) => {
  let deaths = 0;
  for (let n = 1; ; n += 1) {
    const { plugin, objects } = sweptWidgets();
    const around = surroundings(t);
    const mortality = mortalAt(n, n % 2 === 0 ? 'before' : 'after');
    const options = { after: around, plugins: [plugin], orphans: reap };
    const first = await startCloud(t, { ...options, wrapStore: mortality.wrap });
    const mine = await first.create('widget', { size: 3 });
    objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
    for (const ms of [EVERY, EVERY, 5 * MINUTE]) {
      await live(first, mortality, ms);
    }
    if (!mortality.dead) break;
    deaths += 1;
    first.abandon();
    const second = await startCloud(t, options);
    for (const ms of [EVERY, EVERY, 5 * MINUTE]) await sleep(second, ms);
    const point = `write ${n}`;
    t.same([...objects.objects.keys()], [mine.uuid], `${point}: only what lives is left`);
    t.equal(objects.quarantines, 1, `${point}: set aside once`);
    t.equal(objects.counts.delete, 1, `${point}: removed once`);
    t.same(await orphans(second), [], `${point}: and forgotten`);
    await second.stop();
  }
  t.ok(deaths > 8, `${deaths} deaths`);
});

t.test('killed right after the act, the next process repeats it under the same key', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const operations: string[] = [];
  const quarantine = objects.quarantine.bind(objects);
  objects.quarantine = (key, call) => {
    operations.push(call.operation);
    return quarantine(key, call);
  };
  const mortality = new Mortality((method, args) =>
    method === 'record' && operations.length > 0 && args.length > 0 ? 'before' : undefined,
  );
  const options = { plugins: [plugin], orphans: { ...reap, policy: 'quarantine' as const } };
  const first = await startCloud(t, { ...options, wrapStore: mortality.wrap });
  await sleep(first, EVERY);
  await live(first, mortality, 5 * MINUTE);
  t.ok(mortality.dead);
  first.abandon();
  const second = await startCloud(t, { ...options, after: first });
  await second.reaches('orphan', '1', 'quarantined');
  t.equal(operations.length, 2);
  t.equal(new Set(operations).size, 1);
  t.equal(objects.quarantines, 1);
});
