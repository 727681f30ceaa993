import { type LockService, NO_METER } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t, { type Test } from 'tap';
import { MemoryLockService } from '../../dist/adapters/locks/memory-lock-service.js';
import { watchedLocks } from '../../dist/kernel/telemetry/watched-locks.js';
import { startCloud } from '../support/cloud.js';
import { widgets } from '../support/widgets.js';

/** Locks of which another process holds those of all widgets, until it is gone. */
class SharedLocks implements LockService {
  #incarnation = 1;
  #own = new MemoryLockService(() => Promise.resolve(1));
  readonly #listeners = new Set<() => void>();
  #other: 'alive' | 'gone' = 'gone';

  get listeners(): number {
    return this.#listeners.size;
  }

  tryAcquire(key: string) {
    return this.#other === 'alive' ? Promise.resolve(undefined) : this.#own.tryAcquire(key);
  }

  holder(key: string) {
    return this.#own.holder(key);
  }

  whenHolderGone(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => void this.#listeners.delete(tell);
  }

  otherWorks(): void {
    this.#other = 'alive';
  }

  /** All its locks are free, and newer ones get newer tokens. */
  otherEnds(): void {
    this.#other = 'gone';
    this.#incarnation += 1;
    const incarnation = this.#incarnation;
    this.#own = new MemoryLockService(() => Promise.resolve(incarnation));
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

async function lockedOut(t: Test) {
  const outside = widgets();
  const locks = new SharedLocks();
  const world = await startCloud(t, { plugins: [outside.plugin], locks });
  locks.otherWorks();
  const widget = await world.create('widget', {});
  await world.pass(10);
  t.equal(outside.objects.counts.create, 0, 'another process works on it');
  return { world, locks, widget, outside };
}

t.test('the work of a process that has gone is resumed at once', async (t) => {
  const { world, locks, widget } = await lockedOut(t);
  const at = world.clock.now();
  locks.otherEnds();
  await world.quiet();
  t.not((await world.state('widget', widget.id)).state, 'active', 'nobody has said so yet');
  locks.tell();
  await world.quiet();
  t.match(await world.state('widget', widget.id), { state: 'active' });
  t.equal(world.clock.now(), at, 'no time has passed');
});

t.test('what was not free yet then is looked at once more a moment later', async (t) => {
  const { world, locks, widget } = await lockedOut(t);
  locks.tell();
  await world.pass(300);
  locks.otherEnds();
  await world.pass(200);
  t.match(await world.state('widget', widget.id), { state: 'active' });
});

t.test('a process that died in the middle of passes: another goes on where it was', async (t) => {
  const outside = widgets();
  const locks = new SharedLocks();
  const first = await startCloud(t, { plugins: [outside.plugin], locks });
  const second = await startCloud(t, { plugins: [outside.plugin], locks, after: first });
  const { objects } = outside;
  const observe = objects.observe.bind(objects);
  // Its first pass has made the object; it dies in the one that would have seen it.
  objects.observe = (...args): ReturnType<typeof observe> => {
    if (objects.counts.create === 0) return observe(...args);
    locks.otherWorks();
    return new Promise<Awaited<ReturnType<typeof observe>>>(() => undefined);
  };
  const widget = await first.create('widget', {});
  for (let n = 0; n < 200 && objects.counts.create === 0; n += 1)
    await new Promise<void>((resolve) => void setImmediate(resolve));
  first.abandon();
  objects.observe = observe;
  const at = second.clock.now();
  locks.otherEnds();
  locks.tell();
  await second.until(
    async () => (await second.state('widget', widget.id)).state === 'active',
    'the widget',
  );
  t.ok(second.clock.now() - at < 5_000);
  t.equal(objects.counts.create, 1);
});

t.test('a kernel that has stopped is told nothing', async (t) => {
  const { world, locks } = await lockedOut(t);
  t.equal(locks.listeners, 1);
  await world.stop();
  t.equal(locks.listeners, 0);
});

t.test('locks that are counted tell of it like those they count', (t) => {
  const locks = new SharedLocks();
  const watched = watchedLocks(locks, NO_METER, new ManualClock());
  let told = 0;
  const end = watched.whenHolderGone?.(() => (told += 1));
  locks.tell();
  t.equal(told, 1);
  end?.();
  locks.tell();
  t.equal(told, 1);
  const silent = watchedLocks(
    new MemoryLockService(() => Promise.resolve(1)),
    NO_METER,
    new ManualClock(),
  );
  t.notOk('whenHolderGone' in silent);
  t.end();
});
