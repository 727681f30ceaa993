import { asExternalId, type Change } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud } from '../support/cloud.js';
import { ambiguous, down, invalid, rejected } from '../support/failures.js';
import { hooking } from '../support/hooking.js';
import { turns } from '../support/turns.js';
import { plainly, widgets } from '../support/widgets.js';

const MINUTE = 60_000;

t.test(
  'a backend that is away burns no attempts, is told of, and work resumes by itself',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    outside.objects.down = down('connection refused');
    const widget = await world.create('widget', { size: 3 });
    await world.pass(MINUTE);
    const waiting = await world.get('widget', widget.id);
    t.match(waiting, { attempts: 0, outcome: 'wait', lastErrorCode: null });
    t.match(await world.state('widget', widget.id), {
      state: 'creating',
      transitioning: 'yes',
      transitioningMessage: /^memory.widgets is away since .+: connection refused$/,
    });
    outside.objects.down = undefined;
    await world.pass(35_000);
    t.match(await world.state('widget', widget.id), { state: 'active' });
    t.equal(outside.objects.counts.create, 1);
  },
);

t.test('a backend that is away is not called by everybody who needs it', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const { objects } = outside;
  const observe = objects.observe.bind(objects);
  let calls = 0;
  objects.observe = (...args) => {
    calls += 1;
    return observe(...args);
  };
  objects.down = down('no route');
  const ids: string[] = [];
  for (let count = 0; count < 10; count += 1) ids.push((await world.create('widget', {})).id);
  await world.pass(10_000);
  const before = calls;
  t.ok(before < 2 * ids.length, `${before} calls until it was left alone`);
  t.match(world.cloud.breakers, [
    { backend: 'memory.widgets', state: 'open', failure: 'no route', nextProbeAt: Number },
  ]);
  await world.pass(2 * MINUTE);
  t.ok(calls - before <= 5, `${calls - before} calls in two minutes`);
  for (const id of ids)
    t.match(await world.get('widget', id), { attempts: 0, outcome: 'wait', lastErrorCode: null });
  objects.down = undefined;
  await world.pass(40_000);
  for (const id of ids) t.match(await world.state('widget', id), { state: 'active' });
  t.same(world.cloud.breakers, []);
});

t.test('a backend that goes away between look and act is waited for too', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const create = outside.objects.create.bind(outside.objects);
  let fails = 2;
  outside.objects.create = (...args) => {
    fails -= 1;
    return fails >= 0 ? Promise.reject(down()) : create(...args);
  };
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await world.get('widget', widget.id), { attempts: 0, outcome: 'wait' });
  await world.reaches('widget', widget.id, 'active');
});

t.test(
  'a refused change is tried again after a growing pause that a restart does not reset',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    outside.objects.create = () => Promise.reject(rejected());
    const widget = await world.create('widget', {});
    await world.quiet();
    const pauses: number[] = [];
    for (let attempts = 1; attempts <= 6; attempts += 1) {
      const failed = await world.get('widget', widget.id);
      t.match(failed, { attempts, outcome: 'retry', lastErrorCode: 'Full' });
      pauses.push((failed.nextAttemptAt ?? 0) - world.clock.now());
      await world.until(async () => (await world.get('widget', widget.id)).attempts > attempts);
    }
    t.same(pauses, [500, 750, 1_250, 2_250, 4_250, 8_250], 'with chance at its middle');
    t.match(await world.state('widget', widget.id), {
      transitioning: 'yes',
      transitioningMessage: 'no space',
    });

    await world.stop();
    const next = await startCloud(t, { after: world, plugins: [outside.plugin] });
    await next.quiet();
    t.match(
      await next.get('widget', widget.id),
      { attempts: 7 },
      'the next process goes on counting',
    );
  },
);

t.test(
  'after twenty failures in a row it is in error, still probed, and recovers by itself',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const create = outside.objects.create.bind(outside.objects);
    outside.objects.create = () => Promise.reject(rejected());
    const widget = await world.create('widget', {});
    await world.pass(35 * MINUTE);
    t.match(await world.state('widget', widget.id), {
      state: 'error',
      transitioning: 'error',
      transitioningMessage: /^no space. Free some. To free it, ask for the action reconcile/,
    });
    t.ok((await world.get('widget', widget.id)).attempts >= 20);
    outside.objects.create = create;
    await world.pass(20 * MINUTE);
    t.match(await world.state('widget', widget.id), { state: 'active', transitioning: 'no' });
  },
);

t.test('a wish that can never work is an error at once, and another wish heals it', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const update = outside.objects.update.bind(outside.objects);
  outside.objects.update = (key, desired, change: Change, call) =>
    desired.size > 5 ? Promise.reject(invalid()) : update(key, desired, change, call);
  const widget = await world.create('widget', { size: 1 });
  await world.reaches('widget', widget.id, 'active');
  await world.update('widget', widget.id, { size: 9 });
  await world.quiet();
  t.match(await world.state('widget', widget.id), {
    state: 'error',
    transitioning: 'error',
    transitioningMessage:
      'too large. Ask for less. To free it, change what is asked of it, ask for the action reconcile when the cause is mended or delete it.',
  });
  await world.update('widget', widget.id, { size: 5 });
  await world.quiet();
  t.match(await world.state('widget', widget.id), { state: 'active', transitioning: 'no' });
  t.match((await world.get('widget', widget.id)).status, { weight: 5 });
});

t.test('an error does not keep it from being removed', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(invalid());
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'error');
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.equal(outside.objects.objects.size, 0);
});

t.test(
  'a create whose reply was lost is looked for before anything else, and adopted',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const create = outside.objects.create.bind(outside.objects);
    let calls = 0;
    outside.objects.create = async (...args) => {
      calls += 1;
      await create(...args);
      throw ambiguous();
    };
    const widget = await world.create('widget', {});
    await world.reaches('widget', widget.id, 'active');
    t.equal(calls, 1);
    t.equal(outside.objects.counts.create, 1);
    t.match((await world.get('widget', widget.id)).parts, {
      thing: { state: 'recorded', epoch: 1 },
    });
  },
);

t.test('a driver that throws garbage is isolated: its resource retries, others work', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const observe = outside.objects.observe.bind(outside.objects);
  const garbage: readonly (() => unknown)[] = [
    () => {
      throw new TypeError('x is not a function');
    },
    () => Promise.reject(new Error('wrapped badly')),
    () => Promise.reject('a string'),
    () => Promise.reject(undefined),
    () => Promise.reject(null),
    () => undefined,
    () => null,
    () => Promise.resolve(undefined),
    () => Promise.resolve({}),
    () => Promise.resolve({ presence: 'perhaps' }),
  ];
  let at = 0;
  outside.objects.observe = (...args) => {
    const bad = garbage[at];
    at += 1;
    return bad === undefined ? observe(...args) : (bad() as ReturnType<typeof observe>);
  };
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await world.get('widget', widget.id), { attempts: 1, lastErrorCode: 'DriverBug' });
  t.match(await world.state('widget', widget.id), { transitioningMessage: /x is not a function/ });
  t.match(world.lines.filter(({ level }) => level !== 'info').at(0), {
    level: 'error',
    data: {
      pass: /\/1$/,
      resource: widget.uuid,
      account: widget.account,
      type: 'widget',
      code: 'DriverBug',
    },
  });
  await readyNetwork(world);
  await world.reaches('widget', widget.id, 'active');
  t.ok(at > garbage.length, 'every kind was met');
});

t.test('a driver that answers a change with garbage is found out by the next look', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const create = outside.objects.create.bind(outside.objects);
  outside.objects.create = async (...args) => {
    await create(...args);
    return undefined as unknown as ReturnType<typeof create>;
  };
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
  t.equal(outside.objects.counts.create, 1);
});

t.test(
  'a driver that never answers is given up after the pass’s limit, and looked at again',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin], workers: 2 });
    const observe = outside.objects.observe.bind(outside.objects);
    let asked: AbortSignal | undefined;
    outside.objects.observe = (_key, _desired, call) => {
      asked = call.signal;
      return new Promise(() => undefined);
    };
    const widget = await world.create('widget', {});
    await turns(20);
    t.equal(world.cloud.load.active, 1);
    world.clock.advance(60_000);
    outside.objects.observe = observe;
    await world.quiet();
    t.equal(asked?.aborted, true, 'it was told');
    const history = await world.store.history(widget.uuid, 50);
    t.ok(history.some(({ result }) => result.startsWith('retry: NoAnswer')));
    await world.reaches('widget', widget.id, 'active');
  },
);

t.test('a backend that takes its time is left alone until it is done', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const { objects } = outside;
  const observe = objects.observe.bind(objects);
  const create = objects.create.bind(objects);
  let busy = true;
  objects.create = async (...args) => ({ ...(await create(...args)), settled: false });
  objects.observe = async (...args) => {
    const seen = await observe(...args);
    return seen.presence === 'present' ? { ...seen, busy } : seen;
  };
  const widget = await world.create('widget', {});
  await world.pass(10_000);
  t.match(await world.get('widget', widget.id), { outcome: 'wait', attempts: 0 });
  t.match(await world.state('widget', widget.id), {
    transitioningMessage: 'memory.widgets is still working on it',
  });
  await world.remove('widget', widget.id);
  await world.pass(10_000);
  t.equal(objects.counts.delete, 0, 'it is not deleted under a running change');
  busy = false;
  await world.reaches('widget', widget.id, 'removed');
  t.same(objects.counts, { create: 1, update: 0, delete: 1 });
});

t.test('two objects under one key are nobody’s to choose between', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const { objects } = outside;
  const observe = objects.observe.bind(objects);
  objects.observe = async (...args) => {
    const seen = await observe(...args);
    const twin = { external: asExternalId('twin'), used: 'maybe' } as const;
    return seen.presence === 'present' ? { ...seen, duplicates: [twin] } : seen;
  };
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'error');
  t.match(await world.get('widget', widget.id), { lastErrorCode: 'DuplicateExternal' });
});

t.test('while a delete can not see, nothing counts as gone', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
  outside.objects.down = down();
  await world.remove('widget', widget.id);
  await world.pass(MINUTE);
  t.match(await world.state('widget', widget.id), { state: 'removing', transitioning: 'yes' });
  outside.objects.down = undefined;
  await world.reaches('widget', widget.id, 'removed');
  t.equal(outside.objects.objects.size, 0);
});

t.test('a network without servers in it waits out its hypervisors and goes', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  world.outside.segments.down = down();
  await world.remove('network', network.id);
  await world.pass(MINUTE);
  t.equal(world.outside.appliances.objects.size, 0);
  t.match(await world.state('network', network.id), { state: 'removing' });
  world.outside.segments.down = undefined;
  await world.reaches('network', network.id, 'removed');
});

t.test('hosts that can not be listed stop nothing that runs', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  const { hosts } = world.outside;
  world.outside.hosts = [];
  await world.pass(2 * MINUTE);
  const listed = await world.cloud.resources.list(world.admin, world.type('host'), {
    filters: [],
    limit: 10,
  });
  t.equal(listed.resources.length, 2);
  for (const each of listed.resources)
    t.match(await world.state('host', each.id), { state: 'unreachable' });
  t.match(await world.state('virtualmachine', machine.id), { state: 'running' });
  world.outside.hosts = hosts;
  await world.pass(2 * MINUTE);
  for (const each of listed.resources)
    t.match(await world.state('host', each.id), { state: 'active' });
});

t.test('a plug-in’s veto holds the create back, says why, and lets it through later', async (t) => {
  const outside = widgets();
  let reason: string | undefined = 'not on a Sunday';
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'before.create',
        name: 'acme/weekdays',
        run: ({ part }) =>
          reason === undefined || part !== 'thing' ? undefined : { message: reason },
      }),
    ],
  });
  const widget = await world.create('widget', {});
  await world.pass(MINUTE);
  t.equal(outside.objects.counts.create, 0);
  t.match(await world.get('widget', widget.id), { outcome: 'wait', attempts: 0 });
  t.match(await world.state('widget', widget.id), {
    transitioning: 'yes',
    transitioningMessage: 'acme/weekdays: not on a Sunday',
  });
  reason = undefined;
  await world.reaches('widget', widget.id, 'active');
  t.equal(outside.objects.counts.create, 1);
});

t.test('a create that is held back can be removed again', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'before.create',
        name: 'acme/never',
        run: ({ part }) => (part === 'thing' ? { message: 'never' } : undefined),
      }),
    ],
  });
  const widget = await world.create('widget', {});
  await world.quiet();
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.equal(outside.objects.counts.create, 0);
});

t.test('hooks see each change before and after it is made', async (t) => {
  const outside = widgets();
  const seen: string[] = [];
  const points = ['before', 'after'].flatMap((when) =>
    ['create', 'update', 'delete'].map((verb) => `${when}.${verb}`),
  ) as ('before.create' | 'after.create')[];
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking(
        ...points.map((point) => ({
          point,
          name: 'acme/watch',
          run: ({
            resource,
            part,
            change,
          }: {
            resource: { type: string };
            part: string;
            change: Change | undefined;
          }) => {
            if (resource.type === 'widget')
              seen.push(`${point} ${part}${change === undefined ? '' : ` ${change.field}`}`);
            return undefined;
          },
        })),
      ),
    ],
  });
  const widget = await world.create('widget', { size: 1 });
  await world.reaches('widget', widget.id, 'active');
  await world.update('widget', widget.id, { size: 2 });
  await world.reaches('widget', widget.id, 'active');
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.same(seen, [
    'before.create thing',
    'after.create thing',
    'before.update thing size',
    'after.update thing size',
    'before.delete thing',
    'after.delete thing',
  ]);
});

t.test('failures and changes of conditions are told to those who listen', async (t) => {
  const outside = widgets();
  const errors: string[] = [];
  const conditions: string[] = [];
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking(
        {
          point: 'onError',
          name: 'acme/pager',
          run: ({ code, resource }) => {
            errors.push(`${resource.type} ${code}`);
            throw new Error('the pager is broken');
          },
        },
        {
          point: 'onCondition',
          name: 'acme/board',
          run: ({ resource, condition, status }) => {
            if (resource.type === 'widget') conditions.push(`${condition} ${status}`);
            return undefined;
          },
        },
      ),
    ],
  });
  const update = outside.objects.update.bind(outside.objects);
  const widget = await world.create('widget', { size: 1 });
  await world.reaches('widget', widget.id, 'active');
  conditions.length = 0;
  outside.objects.update = () => Promise.reject(rejected());
  await world.update('widget', widget.id, { size: 2 });
  await world.quiet();
  t.same(errors, ['widget Full']);
  t.same(conditions, ['Ready False', 'Reconciled False'].toReversed());
  t.match(
    world.lines.find(({ message }) => message === 'a notified hook failed'),
    { level: 'warn', data: { point: 'onError', error: /acme\/pager/ } },
    'a listener that fails takes nothing back',
  );
  outside.objects.update = update;
  await world.reaches('widget', widget.id, 'active');
});

t.test('every change of a condition is told, also those of a first create', async (t) => {
  const outside = widgets();
  const conditions: string[] = [];
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'onCondition',
        name: 'acme/board',
        run: ({ resource, condition, status }) => {
          if (resource.type === 'widget') conditions.push(`${condition} ${status}`);
          return undefined;
        },
      }),
    ],
  });
  const widget = await world.create('widget', { size: 1 });
  await world.reaches('widget', widget.id, 'active');
  t.same(conditions, ['Reconciled Unknown', 'Ready False', 'Reconciled True', 'Ready True']);
});

t.test('a hook that fails in a pass is named as what it is: a failed hook', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'before.create',
        name: 'acme/broken',
        run: ({ part }) => {
          if (part === 'thing') throw new Error('broken');
          return undefined;
        },
      }),
    ],
  });
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await world.get('widget', widget.id), {
    lastErrorCode: 'HookFailed',
    lastErrorMessage: 'hook acme/broken at before.create failed',
  });
});

t.test('what hooks are given can not be changed by them', async (t) => {
  const outside = widgets();
  const frozen: boolean[] = [];
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'before.create',
        name: 'acme/look',
        run: (input) => {
          frozen.push(
            Object.isFrozen(input),
            Object.isFrozen(input.resource),
            Object.isFrozen(input.resource.spec),
          );
          return undefined;
        },
      }),
    ],
  });
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
  t.ok(frozen.length > 0);
  t.notOk(frozen.includes(false));
});

t.test(
  'a pause after a failure is kept, also when the failing pass took longer than a scan',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    let calls = 0;
    outside.objects.create = () =>
      new Promise((_, reject) => {
        calls += 1;
        world.clock.schedule(12_000, () => reject(rejected()));
      });
    await world.create('widget', {});
    await turns(20);
    t.equal(calls, 1);
    for (let second = 0; second < 12; second += 1) {
      world.clock.advance(1_000);
      await turns(8);
    }
    t.equal(calls, 1, 'the second call waits for its pause');
    world.clock.advance(1_000);
    await turns(20);
    t.equal(calls, 2);
  },
);

t.test('a driver’s bug is logged with its stack', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(new TypeError('x is not a function'));
  await world.create('widget', {});
  await world.quiet();
  t.match(
    world.lines.find(({ level }) => level === 'error'),
    { data: { error: /x is not a function\n +at / } },
  );
});

t.test(
  'a reconciler that waits for ever loses its pass, and its lock, after a minute',
  async (t) => {
    let waiting: 'for ever' | 'not at all' = 'for ever';
    const outside = widgets({
      reconcile: (pass, driver) =>
        waiting === 'for ever' ? new Promise<never>(() => undefined) : plainly(pass, driver),
    });
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const widget = await world.create('widget', { size: 1 });
    await turns();
    world.clock.advance(MINUTE - 1);
    await turns();
    t.match(await world.get('widget', widget.id), { attemptedGeneration: 0 });
    waiting = 'not at all';
    world.clock.advance(1);
    await turns();
    await world.pass(MINUTE);
    t.match(await world.state('widget', widget.id), { state: 'active' });
    t.ok((await world.events('widget', widget.id)).includes('pass'));
  },
);
