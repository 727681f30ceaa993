import {
  asFence,
  DriverFailure,
  EVENT_BUS,
  type Hint,
  LOCK_SERVICE,
  type LockService,
  type Plugin,
  PortUnavailable,
  ROUTINE_TASK,
  type Store,
} from '@gdcloud/core';
import t from 'tap';
import { MemoryEventBus } from '../../dist/adapters/events/memory-event-bus.js';
import { MemoryLockService } from '../../dist/adapters/locks/memory-lock-service.js';
import { startCloud, surroundings } from '../support/cloud.js';
import { rejected } from '../support/failures.js';
import { deferred, turns } from '../support/turns.js';
import { plainly, widgets, widgetType } from '../support/widgets.js';

/** A bus that loses every hint. */
const deaf: Plugin = (container) => {
  container.register(EVENT_BUS, {
    useValue: {
      publish: () => undefined,
      subscribe: () => Promise.resolve(() => Promise.resolve()),
    },
  });
};

function sharedLocks(): LockService {
  return new MemoryLockService(() => Promise.resolve(1));
}

t.test('a change whose hint is lost is found by the next scan', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin, deaf] });
  const widget = await world.create('widget', {});
  await world.quiet();
  t.equal(outside.objects.counts.create, 0);
  await world.pass(6_000);
  t.match(await world.state('widget', widget.id), { state: 'active' });
});

t.test('hints that come twice, late or for nobody do no harm', async (t) => {
  const outside = widgets();
  const bus = new MemoryEventBus();
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      (container) => {
        container.register(EVENT_BUS, { useValue: bus });
      },
    ],
  });
  const widget = await world.create('widget', {});
  const hint: Hint = { uuid: widget.uuid, account: widget.account, reason: 'backend' };
  for (let n = 0; n < 10; n += 1) bus.publish(hint);
  bus.publish({ ...hint, uuid: world.admin.account });
  bus.publish({ ...hint, uuid: '00000000-0000-7000-8000-000000000bad' as Hint['uuid'] });
  await world.reaches('widget', widget.id, 'active');
  t.same(outside.objects.counts, { create: 1, update: 0, delete: 0 });
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  bus.publish(hint);
  await world.quiet();
  t.equal(outside.objects.counts.create, 1, 'what is gone stays gone');
});

t.test('work is suspended while the store is away, said once, and resumes by itself', async (t) => {
  const outside = widgets();
  let away = false;
  const guarded = (store: Store): Store => {
    const failing = Object.entries(store).map(([name, method]) => [
      name,
      (...args: readonly unknown[]) =>
        away
          ? Promise.reject(
              new PortUnavailable('store', 'the disk under the database is full', {
                remedy: 'Free some.',
              }),
            )
          : (method as (...given: readonly unknown[]) => unknown)(...args),
    ]);
    return Object.fromEntries(failing) as Store;
  };
  const world = await startCloud(t, { plugins: [outside.plugin], wrapStore: guarded });
  const widget = await world.create('widget', {});
  away = true;
  await t.rejects(world.create('widget', {}), { name: 'PortUnavailable' });
  await world.pass(30_000);
  t.equal(outside.objects.counts.create, 0);
  const said = () =>
    world.lines.filter(({ message }) => /^work (is suspended|has resumed)/.test(message));
  t.match(said(), [{ level: 'error', data: { error: 'the disk under the database is full' } }]);
  t.equal(said().length, 1);
  away = false;
  await world.reaches('widget', widget.id, 'active');
  t.match(said()[1], { level: 'info', message: 'work has resumed' });
  t.equal(said().length, 2);
});

t.test('locks that can not be asked suspend work like a store that is away', async (t) => {
  const outside = widgets();
  const locks = sharedLocks();
  let away = true;
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      (container) => {
        container.register(LOCK_SERVICE, {
          useValue: {
            tryAcquire: (key: string) =>
              away
                ? Promise.reject(new PortUnavailable('locks', 'no quorum', { remedy: 'Wait.' }))
                : locks.tryAcquire(key),
            holder: (key: string) => locks.holder(key),
          },
        });
      },
    ],
  });
  const widget = await world.create('widget', {});
  await world.pass(10_000);
  t.equal(outside.objects.counts.create, 0);
  away = false;
  await world.reaches('widget', widget.id, 'active');
});

t.test(
  'a change made while another process works on it is seen by that process at once',
  async (t) => {
    const outside = widgets();
    const locks = sharedLocks();
    const around = surroundings(t);
    const first = await startCloud(t, { after: around, locks, plugins: [outside.plugin] });
    const second = await startCloud(t, { after: around, locks, plugins: [outside.plugin] });
    const held = deferred<void>();
    const observe = outside.objects.observe.bind(outside.objects);
    let holding = false;
    outside.objects.observe = async (...args) => {
      if (!holding) {
        holding = true;
        await held.promise;
      }
      return observe(...args);
    };
    const widget = await first.create('widget', { size: 1 });
    await turns(10);
    t.equal(first.cloud.load.active, 1, 'the first process holds the lock');
    await second.update('widget', widget.id, { size: 4 });
    await turns(20);
    t.same(second.cloud.load, { queued: 0, active: 0 }, 'the second could not have it, and let go');
    held.resolve();
    await first.quiet();
    t.equal(outside.objects.objects.get(widget.uuid)?.actual.size, 4, 'no time has passed');
    t.match(await first.state('widget', widget.id), { state: 'active' });
  },
);

t.test('a holder that was replaced meanwhile records nothing', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const observe = outside.objects.observe.bind(outside.objects);
  const newer = asFence('ffffffff.000000000001');
  outside.objects.observe = async (...args) => {
    outside.objects.observe = observe;
    await world.store.claim(args[0].uuid, newer);
    return observe(...args);
  };
  const widget = await world.create('widget', {});
  await world.quiet();
  const row = await world.get('widget', widget.id);
  t.match(row, { fence: newer, statusVersion: 0, attemptedGeneration: 0, parts: {} });
  t.equal(
    outside.objects.counts.create,
    0,
    'the intent could not be recorded, so nothing was made',
  );
  t.match(
    world.lines.find(({ message }) => message === 'passes were abandoned'),
    { level: 'info', data: { reason: /another holder/ } },
  );
  await world.pass(60_000);
  t.equal(outside.objects.counts.create, 0, 'and it stays the newer holder’s');
});

t.test('a quarter of the workers is kept for what users wait for', async (t) => {
  const held = deferred<void>();
  let holding = false;
  const outside = widgets({
    reconcile: async (pass, driver) => {
      if (holding && pass.resource.spec.colour === 'slow') await held.promise;
      return plainly(pass, driver);
    },
  });
  const bus = new MemoryEventBus();
  const world = await startCloud(t, {
    workers: 4,
    plugins: [
      outside.plugin,
      (container) => {
        container.register(EVENT_BUS, { useValue: bus });
      },
    ],
  });
  const slow = [];
  for (let n = 0; n < 6; n += 1) slow.push(await world.create('widget', { colour: 'slow' }));
  await world.quiet();
  holding = true;
  for (const { uuid, account } of slow) bus.publish({ uuid, account, reason: 'dependency' });
  await turns(20);
  t.same(world.cloud.load, { queued: 3, active: 3 });
  const quick = await world.create('widget', {});
  await turns(40);
  t.match(await world.state('widget', quick.id), { state: 'active' });
  held.resolve();
  await world.quiet();
  t.same(world.cloud.load, { queued: 0, active: 0 });
});

t.test('routine looks take no more than a quarter of the workers', async (t) => {
  const held = deferred<void>();
  let holding = false;
  let holds = 0;
  const outside = widgets({
    reconcile: async (pass, driver) => {
      if (holding) {
        holds += 1;
        await held.promise;
      }
      return plainly(pass, driver);
    },
  });
  const bus = new MemoryEventBus();
  const world = await startCloud(t, {
    workers: 8,
    plugins: [
      outside.plugin,
      (container) => {
        container.register(EVENT_BUS, { useValue: bus });
      },
    ],
  });
  const made = [];
  for (let n = 0; n < 6; n += 1) made.push(await world.create('widget', {}));
  await world.quiet();
  holding = true;
  world.clock.advance(10 * 60_000);
  // The scan that was under way has asked with the old time: the one after it finds them.
  for (let scans = 0; holds < 2 && scans < 8; scans += 1) {
    world.clock.advance(6_000);
    for (let turned = 0; holds < 2 && turned < 5_000; turned += 1) await turns(1);
  }
  await turns(2_000);
  t.equal(holds, 2, 'the other six workers are free');
  for (const { uuid, account } of made) bus.publish({ uuid, account, reason: 'dependency' });
  for (let turned = 0; holds < 6 && turned < 20_000; turned += 1) await turns(1);
  t.equal(holds, 6, 'and take what is no routine');
  holding = false;
  held.resolve();
  await world.quiet();
  t.same(world.cloud.load, { queued: 0, active: 0 });
});

t.test('one worker does all kinds of work', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin], workers: 1 });
  const create = outside.objects.create.bind(outside.objects);
  outside.objects.create = () => {
    outside.objects.create = create;
    return Promise.reject(rejected());
  };
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
});

t.test('stopping lets what is under way end and takes nothing new', async (t) => {
  const held = deferred<void>();
  const outside = widgets({
    reconcile: async (pass, driver) => {
      await held.promise;
      return plainly(pass, driver);
    },
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.observe = () => Promise.resolve({ presence: 'absent' });
  outside.objects.create = () => Promise.reject(rejected());
  await world.create('widget', {});
  await turns(10);
  let stopped = 'no';
  const stop = world.cloud.stop().then(() => {
    stopped = 'yes';
  });
  await turns(10);
  t.equal(stopped, 'no');
  held.resolve();
  await stop;
  t.same(world.cloud.load.active, 0);
});

t.test('stopping in the middle of a pass harms nobody', async (t) => {
  const held = deferred<void>();
  const outside = widgets({
    reconcile: async (pass, driver) => {
      await held.promise;
      return plainly(pass, driver);
    },
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  await world.create('widget', {});
  await turns(10);
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', hear);
  const stop = world.cloud.stop();
  held.resolve();
  await stop;
  await turns(4);
  process.off('unhandledRejection', hear);
  t.same(unhandled, []);
});

t.test('tasks of plug-ins run from time to time', async (t) => {
  let runs = 0;
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        container.register(ROUTINE_TASK, {
          useValue: {
            name: 'acme/sweep',
            everyMs: 10_000,
            run: () => {
              runs += 1;
              return Promise.resolve();
            },
          },
        });
      },
    ],
  });
  t.equal(runs, 1);
  await world.pass(35_000);
  t.equal(runs, 4);
});

t.test('one pass makes one change, and many passes share one lock', async (t) => {
  let passes = 0;
  let acquired = 0;
  const locks = sharedLocks();
  const outside = widgets({
    reconcile: (pass, driver) => {
      passes += 1;
      return plainly(pass, driver);
    },
  });
  const world = await startCloud(t, {
    plugins: [outside.plugin],
    locks: {
      tryAcquire: (key) => {
        acquired += 1;
        return locks.tryAcquire(key);
      },
      holder: (key) => locks.holder(key),
    },
  });
  const before = acquired;
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await world.get('widget', widget.id), { outcome: 'done' });
  t.equal(passes, 2, 'one that made it and one that found it as asked');
  t.equal(acquired, before + 1);
});

t.test(
  'a resource that never comes to rest lets others have their turn, and is no success',
  async (t) => {
    let passes = 0;
    let restless = true;
    const outside = widgets({
      reconcile: (pass, driver) => {
        if (pass.resource.spec.colour !== 'restless' || !restless) return plainly(pass, driver);
        passes += 1;
        return Promise.resolve({ kind: 'wait', on: 'progress', afterMs: 0, message: 'more to do' });
      },
    });
    const world = await startCloud(t, { plugins: [outside.plugin], workers: 2 });
    const widget = await world.create('widget', { colour: 'restless' });
    await turns(100);
    t.equal(passes, 20, 'twenty passes under one lock');
    t.match(await world.get('widget', widget.id), {
      outcome: 'retry',
      attempts: 1,
      lastErrorCode: 'NoProgress',
      lastErrorMessage: /more to do/,
    });
    const other = await world.create('widget', {});
    await turns(40);
    t.match(await world.state('widget', other.id), { state: 'active' });
    t.equal(passes, 20, 'it waits for its time');
    await world.pass(600);
    t.equal(passes, 40);
    restless = false;
    await world.reaches('widget', widget.id, 'active');
  },
);

t.test('progress without end is stalled like any other failure', async (t) => {
  const outside = widgets({
    reconcile: () =>
      Promise.resolve({ kind: 'wait', on: 'progress', afterMs: 0, message: 'more to do' }),
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.pass(10_000);
  t.ok((await world.get('widget', widget.id)).attempts > 3, 'each round without an end counts');
});

t.test('a reconciler that throws is isolated and logged with its stack', async (t) => {
  const outside = widgets({
    reconcile: () => {
      throw new TypeError('x is not a function');
    },
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await world.get('widget', widget.id), {
    outcome: 'retry',
    lastErrorCode: 'DriverBug',
    lastErrorMessage: 'TypeError: x is not a function',
  });
  t.match(
    world.lines.find(({ level }) => level === 'error'),
    { data: { type: 'widget', error: /x is not a function\n +at / } },
  );
});

t.test('a reconciler that throws a driver’s failure ends as that says', async (t) => {
  const failures = [
    new DriverFailure('unavailable', 'Away', 'away', { remedy: 'Wait.' }),
    new DriverFailure('rejected', 'Full', 'full', { remedy: 'Free some.' }),
    new DriverFailure('ambiguous', 'Lost', 'lost', { remedy: 'Look.' }),
    new DriverFailure('invalid', 'Bad', 'bad', { remedy: 'Change it.' }),
  ];
  let at = 0;
  const outside = widgets({ reconcile: () => Promise.reject(failures[at]) });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  for (const [index, [outcome, code]] of (
    [
      ['wait', null],
      ['retry', 'Full'],
      ['retry', 'Lost'],
      ['stall', 'Bad'],
    ] as const
  ).entries()) {
    at = index;
    const { id } = await world.create('widget', {});
    await world.quiet();
    t.match(await world.get('widget', id), { outcome, lastErrorCode: code });
  }
});

t.test(
  'children are asked for once, belong to their parent’s account, and go with it',
  async (t) => {
    const outside = widgets({
      reconcile: async (pass, driver) => {
        if (pass.resource.spec.colour !== 'parent') return plainly(pass, driver);
        const children = await pass.children(widgetType, 'ownerId');
        if (pass.resource.deleteRequestedAt !== null) {
          for (const child of children) await pass.requestDelete(child.uuid);
          return children.length > 0
            ? { kind: 'wait', on: 'dependency', afterMs: 60_000, message: 'waiting for its parts' }
            : { kind: 'gone' };
        }
        const child = await pass.ensureChild(widgetType, 'part', {
          name: 'part',
          spec: { size: 3, colour: null, otherId: null, ownerId: pass.resource.id, ours: 0 },
        });
        return child.status.weight === 3
          ? { kind: 'done' }
          : { kind: 'wait', on: 'dependency', afterMs: 60_000, message: 'waiting for its part' };
      },
    });
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const user = await world.account('user');
    const parent = await world.create('widget', { colour: 'parent' }, user);
    await world.quiet();
    t.match(await world.state('widget', parent.id), { state: 'active' }, 'it was told at once');
    const parts = await world.store.referrers(parent.uuid, 'widget', 'ownerId');
    t.match(parts, [{ name: 'part', account: user.account, spec: { ownerId: parent.id } }]);
    t.equal(parts.length, 1);
    await world.remove('widget', parent.id, user);
    await world.quiet();
    t.match(await world.state('widget', parent.id), { state: 'removed' }, 'and again');
    t.equal(outside.objects.objects.size, 0);
  },
);
