import {
  type Caller,
  EVENT_BUS,
  type Explanation,
  isReady,
  type Outcome,
  type Pass,
  type Plugin,
  RequestError,
  type ResourceUuid,
  stall,
} from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../../support/cloud.js';
import { ambiguous, down, invalid, rejected } from '../../support/failures.js';
import { hooking } from '../../support/hooking.js';
import { deferred, turns } from '../../support/turns.js';
import { plainly, type Widget, widgets, widgetType } from '../../support/widgets.js';

function explain(
  world: TestCloud,
  { type, id }: { readonly type: string; readonly id: string },
  caller: Caller = world.admin,
): Promise<Explanation> {
  return world.cloud.resources.explain(caller, world.type(type), id);
}

function suggested({ suggestions }: Explanation): readonly string[] {
  return suggestions.map(({ action, resource }) => `${action} ${resource.type} ${resource.id}`);
}

/** Widgets that end each pass as `answer` says, until it says nothing. */
function answering(
  answer: (pass: Pass<Widget>) => Outcome | Promise<Outcome | undefined> | undefined,
): ReturnType<typeof widgets> {
  return widgets({
    reconcile: async (pass, driver) => (await answer(pass)) ?? plainly(pass, driver),
  });
}

const HEARS_NOTHING: Plugin = (container) => {
  container.register(EVENT_BUS, {
    useValue: {
      publish: () => undefined,
      subscribe: () => Promise.resolve(() => Promise.resolve()),
    },
  });
};

t.test('what is as asked is said to be, and nothing is suggested', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: 'widget 1 is as asked',
    asAsked: 'yes',
    root: null,
    chain: [],
    suggestions: [],
    generation: 1,
    observedGeneration: 1,
    lock: null,
    lastError: null,
  });
  t.match(explanation.passes[0], {
    why: 'the pass before it made progress',
    result: 'done: everything is as asked',
  });
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.match(await explain(world, widget), { verdict: /is removed, as asked/, asAsked: 'yes' });
});

t.test('a server that waits for a network whose backend is away names both', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  world.outside.appliances.down = down();
  const second = await world.create('network', { ipv4Cidr: '10.1.0.0/24' });
  const waiting = await world.create('virtualmachine', server(second));
  const since = new Date(world.clock.now()).toISOString().slice(11, 19);
  await world.pass(60_000);
  const explanation = await explain(world, waiting);
  t.equal(
    explanation.verdict,
    `virtualmachine 2 is not running yet: its network 2 waits for the backend memory.appliances, which has not answered since ${since} UTC`,
  );
  t.match(explanation, {
    asAsked: 'no',
    resource: { name: 'virtualmachine 2', uuid: waiting.uuid },
    root: {
      name: 'network 2',
      type: 'network',
      id: '2',
      uuid: second.uuid,
      condition: 'Reconciled',
      reason: 'Unreachable',
      message: /connection refused/,
    },
    chain: [{ name: 'network 2' }],
    attempts: 0,
  });
  t.type(explanation.nextAttemptAt, 'number');
  t.same(suggested(explanation), ['wait network 2', 'reconcile network 2']);
  t.match(
    explanation.conditions.find(({ type }) => type === 'DependenciesReady'),
    { status: 'False', current: 'yes' },
  );
  const verdict = (await explain(world, second)).verdict;
  t.match(verdict, /^network 2 is not active yet: it waits for the backend memory\.appliances/);
  world.outside.appliances.down = undefined;
  await world.reaches('virtualmachine', waiting.id, 'running');
  t.match(await explain(world, waiting), { asAsked: 'yes' });
});

t.test('a chain is followed to its end, and every link of it is told', async (t) => {
  const outside = answering(async (pass) => {
    const other = await pass.find(widgetType, pass.resource.spec.otherId);
    if (other === undefined || isReady(other)) return undefined;
    const message = `waiting for widget ${other.id}`;
    return { kind: 'wait', on: 'dependency', afterMs: 10_000, message, blockers: [other.uuid] };
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(rejected());
  const last = await world.create('widget', {});
  const middle = await world.create('widget', { otherId: last.id });
  const first = await world.create('widget', { otherId: middle.id });
  await world.quiet();
  const explanation = await explain(world, first);
  t.match(
    explanation.verdict,
    /^widget 3 is not active yet: it waits for widget 2, which waits for widget 1, which failed once, last with Full: no space;/,
  );
  t.same(
    explanation.chain.map(({ name }) => name),
    ['widget 2', 'widget 1'],
  );
  t.match(explanation.root, { name: 'widget 1', reason: 'Full' });
});

t.test('a row whose hint was lost waits for the next scan', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin, HEARS_NOTHING] });
  const widget = await world.create('widget', {});
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict:
      'widget 1 is not active yet: it waits for its first pass; the next scan comes within 6 s',
    root: { name: 'widget 1', reason: 'NotAttempted' },
    chain: [],
    passes: [],
    attemptedGeneration: 0,
  });
  t.same(suggested(explanation), ['wait widget 1', 'reconcile widget 1']);
  world.clock.jump(world.clock.now() + 60_000);
  t.match(await explain(world, widget), { verdict: /no kernel is running, or all its workers/ });
  await world.pass(6_000);
  t.match(await explain(world, widget), { asAsked: 'yes' });
  await world.update('widget', widget.id, { size: 3 });
  t.match(await explain(world, widget), {
    verdict: /^widget 1 is not active yet: it waits for its first pass/,
    conditions: [{ current: 'no' }, { current: 'no' }],
  });
});

t.test('a row that is being worked on names who holds its lock', async (t) => {
  const gate = deferred<undefined>();
  const outside = answering(() => gate.promise);
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await turns(8);
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: 'widget 1 is not active yet: it is being worked on right now by this process',
    root: { reason: 'Working' },
    lock: { owner: 'this process', since: world.clock.now() },
  });
  t.same(suggested(explanation), ['wait widget 1']);
  gate.resolve(undefined);
  await world.reaches('widget', widget.id, 'active');
});

t.test('a backend that takes its time is named, and is not called away', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.resolve({ settled: false });
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await explain(world, widget), {
    verdict: /it waits for the backend memory\.widgets, which still works on it/,
    root: { reason: 'BackendBusy' },
  });
});

t.test('a hook that holds it back is named', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, {
    plugins: [
      outside.plugin,
      hooking({
        point: 'before.create',
        name: 'acme/curfew',
        run: ({ part }) => (part === 'thing' ? { message: 'not at night' } : undefined),
      }),
    ],
  });
  const widget = await world.create('widget', {});
  await world.pass(10_000);
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: 'widget 1 is not active yet: it is held back by the hook acme/curfew: not at night',
    root: { reason: 'HeldBack', message: 'acme/curfew: not at night' },
  });
  t.same(suggested(explanation), ['reconcile widget 1', 'update widget 1', 'delete widget 1']);
});

t.test('who finds no room is told what spoke against each host, users without names', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 2, hostMemoryMb: 1024 } });
  const user = await world.account('acme');
  const network = await readyNetwork(world, { caller: user });
  const machines = [];
  for (let n = 0; n < 3; n += 1)
    machines.push(await world.create('virtualmachine', server(network), user));
  await world.pass(30_000);
  const explanations = await Promise.all(machines.map((machine) => explain(world, machine)));
  const at = explanations.findIndex(({ asAsked }) => asAsked === 'no');
  const machine = machines[at];
  const explanation = explanations[at];
  if (machine === undefined || explanation === undefined) throw new Error('all have room');
  t.match(explanation.verdict, /waits for room: no host has room for 1024 MiB: host\d/);
  t.match(explanation.root, { condition: 'Scheduled', reason: 'NoRoom' });
  t.same(
    explanation.placement.map(({ candidate, filter }) => `${candidate} ${filter}`).toSorted(),
    ['host0 gdcloud/host-has-room', 'host1 gdcloud/host-has-room'],
  );
  t.match(explanation.placement[0]?.why, '0 left of what is needed, 1024');
  t.same(
    suggested(explanation).map((text) => text.split(' ')[0]),
    ['update', 'delete', 'reconcile'],
  );
  const seen = await explain(world, machine, user);
  t.same(
    seen.placement.map(({ candidate }) => candidate),
    ['a host', 'a host'],
  );
  t.match(seen.verdict, 'a host (gdcloud/host-has-room');
  t.notMatch(JSON.stringify(seen), /host[01]/);
  const placed = machines.find((other) => other !== machine);
  t.notMatch(JSON.stringify(await explain(world, placed ?? machine, user)), /host[01]/);
});

t.test('who finds no address is told so', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world, { ipv4Cidr: '10.0.0.0/29' });
  const machines = [];
  for (let n = 0; n < 6; n += 1)
    machines.push(await world.create('virtualmachine', server(network)));
  await world.pass(60_000);
  const explanations = await Promise.all(machines.map((machine) => explain(world, machine)));
  const waiting = explanations.filter(({ asAsked }) => asAsked === 'no');
  t.match(waiting, [
    {
      verdict: /waits for room: every address of network 1 is in use$/,
      root: { reason: 'WaitingForCapacity' },
      placement: [],
    },
  ]);
});

t.test('a dependency that is missing is said to be, and what frees is suggested', async (t) => {
  const outside = answering(({ resource }) =>
    resource.deleteRequestedAt === null
      ? stall('DependencyMissing', 'network 7 is not there')
      : undefined,
  );
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.quiet();
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: "widget 1 is not active yet: it can't go on by itself: network 7 is not there",
    root: { condition: 'Stalled', reason: 'DependencyMissing' },
  });
  t.same(suggested(explanation), ['delete widget 1', 'update widget 1']);
});

t.test('a dependency that is being removed is the root, and so is what keeps it', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  world.outside.volumes.down = down();
  const machine = await world.create('virtualmachine', server(network));
  await world.quiet();
  // A removal that raced with the create: the front desk refuses what it sees in time.
  await world.store.change(network.uuid, network.generation, {
    deleteRequestedAt: world.clock.now(),
    event: { at: world.clock.now(), what: 'delete requested', why: 'a race', result: 'accepted' },
  });
  await world.pass(30_000);
  const explanation = await explain(world, machine);
  t.match(explanation, {
    verdict: 'virtualmachine 1 is not running yet: its network 1 is being removed',
    root: { name: 'network 1', condition: 'Deleting', reason: 'BeingRemoved' },
  });
  t.same(suggested(explanation), ['update virtualmachine 1', 'delete virtualmachine 1']);
  const keeping = await explain(world, network);
  t.match(keeping, {
    verdict:
      'network 1 is not gone yet: its virtualmachine 1 is still there, and nobody has asked for its removal',
    root: { name: 'virtualmachine 1', reason: 'StillThere' },
  });
  t.match(suggested(keeping), ['delete virtualmachine 1']);
});

t.test('a removal that waits for its children names the one that is stuck, and why', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  world.outside.volumes.down = down();
  await world.remove('virtualmachine', machine.id);
  await world.pass(30_000);
  t.match(await explain(world, machine), {
    verdict:
      /^virtualmachine 1 is not gone yet: its volume 1 waits for the backend memory\.volumes, which/,
    root: { name: 'volume 1', reason: 'Unreachable' },
  });
});

t.test('a failure tells how often, with what, and when it is tried again', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(rejected());
  const widget = await world.create('widget', {});
  await world.until(async () => (await world.get('widget', widget.id)).attempts === 3);
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict:
      /^widget 1 is not active yet: it failed 3 times in a row, last with Full: no space; it is looked at again at \d\d:\d\d:\d\d UTC$/,
    root: { reason: 'Full', message: 'no space' },
    attempts: 3,
    lastError: { code: 'Full', message: 'no space' },
    passes: [{ result: 'retry: Full: no space' }, {}, {}],
  });
  t.same(suggested(explanation), ['wait widget 1', 'reconcile widget 1', 'update widget 1']);
  world.clock.jump((explanation.nextAttemptAt ?? 0) + 1_000);
  t.match(await explain(world, widget), {
    verdict: /it is due, and the next scan comes within 6 s$/,
  });
});

t.test('a lost reply is told like any failure', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(ambiguous());
  const widget = await world.create('widget', {});
  await world.quiet();
  t.match(await explain(world, widget), {
    verdict: /it failed once, last with LostReply: the reply was lost/,
  });
});

t.test('what can never work is told with its reason, and never only waits', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.create = () => Promise.reject(invalid());
  const widget = await world.create('widget', {});
  await world.quiet();
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: "widget 1 is not active yet: it can't go on by itself: too large",
    root: { condition: 'Stalled', reason: 'TooLarge' },
  });
  t.same(suggested(explanation), ['update widget 1', 'reconcile widget 1', 'delete widget 1']);
});

t.test('a disk that is lost names the server it goes with as the way out', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  world.outside.volumes.objects.clear();
  await world.act('volume', '1', 'reconcile');
  await world.quiet();
  const explanation = await explain(world, { type: 'volume', id: '1' });
  t.match(explanation, {
    verdict: /^volume 1 is not active yet: it can't go on by itself: .* is missing outside/,
    root: { condition: 'Stalled', reason: 'ExternalMissing' },
  });
  t.same(suggested(explanation), [
    'recreate volume 1',
    'reconcile volume 1',
    'delete virtualmachine 1',
  ]);
  await world.remove('virtualmachine', machine.id);
  await world.reaches('volume', '1', 'removed');
});

t.test('an account at its limit is named as the reason, and its limit can be raised', async (t) => {
  const outside = answering(() => {
    throw new RequestError('LimitExceeded', 'the account may have 10 volumes');
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const user = await world.account('acme');
  const widget = await world.create('widget', {}, user);
  await world.quiet();
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: /it was refused what it needs \(LimitExceeded\): the account may have 10 volumes$/,
    root: { reason: 'LimitExceeded' },
  });
  t.same(suggested(explanation), [
    'delete widget 1',
    `update account ${user.accountId}`,
    'reconcile widget 1',
  ]);
  t.same(
    suggested(await explain(world, widget, user)),
    ['delete widget 1', 'reconcile widget 1'],
    'users do not set their own limits',
  );
});

t.test('those that wait for each other are told so, and the search ends', async (t) => {
  let both: readonly ResourceUuid[] = [];
  const outside = answering(({ resource }) => ({
    kind: 'wait',
    on: 'dependency',
    afterMs: 60_000,
    message: 'waiting for the other widget',
    blockers: both.filter((uuid) => uuid !== resource.uuid),
  }));
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const one = await world.create('widget', {});
  const two = await world.create('widget', {});
  both = [one.uuid, two.uuid];
  await world.act('widget', one.id, 'reconcile');
  await world.act('widget', two.id, 'reconcile');
  await world.quiet();
  const explanation = await explain(world, one);
  t.match(explanation, {
    verdict:
      'widget 1 is not active yet: its widget 2 waits for one that waits for it in turn: waiting for the other widget',
    root: { name: 'widget 2' },
    chain: [{ name: 'widget 2' }],
  });
  t.match(suggested(explanation), ['delete widget 2', 'reconcile widget 2']);
});

t.test('what waited for something that is ready now is said to be looked at again', async (t) => {
  let blockers: readonly ResourceUuid[] = [];
  const outside = answering(({ resource }) =>
    resource.spec.colour === 'waiting'
      ? { kind: 'wait', on: 'dependency', afterMs: 60_000, message: 'waiting', blockers }
      : undefined,
  );
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const ready = await world.create('widget', {});
  await world.reaches('widget', ready.id, 'active');
  blockers = [ready.uuid];
  const widget = await world.create('widget', { colour: 'waiting' });
  await world.quiet();
  const explanation = await explain(world, widget);
  t.match(explanation, {
    verdict: /it waited for what is ready now; it is looked at again at/,
    root: { name: 'widget 2', reason: 'Unblocked' },
  });
  t.match(suggested(explanation), ['reconcile widget 2', 'wait widget 2']);
});

t.test('a blocker of another account has no name and no ids for users', async (t) => {
  let blockers: readonly ResourceUuid[] = [];
  const outside = answering(({ resource }) =>
    resource.spec.colour === 'waiting'
      ? { kind: 'wait', on: 'dependency', afterMs: 60_000, message: 'waiting', blockers }
      : stall('InvalidDesired', 'its secret thing is broken', { code: 'Broken' }),
  );
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const one = await world.account('one');
  const two = await world.account('two');
  const theirs = await world.create('widget', {}, one);
  blockers = [theirs.uuid];
  const widget = await world.create('widget', { colour: 'waiting' }, two);
  await world.quiet();
  const seen = await explain(world, widget, two);
  t.match(seen, {
    verdict: 'widget 2 is not active yet: a resource of another account is not ready',
    root: { name: 'a resource of another account', type: null, id: null, uuid: null },
    chain: [{ name: 'a resource of another account' }],
  });
  t.notMatch(JSON.stringify(seen), theirs.uuid);
  t.notMatch(JSON.stringify(seen), /secret thing/);
  t.same(suggested(seen), ['reconcile widget 2', 'delete widget 2']);
  t.match(await explain(world, widget), {
    verdict: /^widget 2 is not active yet: its widget 1 can't go on by itself: its secret thing/,
    root: { name: 'widget 1', uuid: theirs.uuid },
  });
  await t.rejects(explain(world, theirs, two), { code: 'NotFound' });
});

t.test('the operator’s program asks by uuid and sees all', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const user = await world.account('acme');
  outside.objects.down = down();
  const widget = await world.create('widget', {}, user);
  await world.quiet();
  t.match(await world.cloud.explain(widget.uuid), {
    verdict: /the backend memory\.widgets/,
    resource: { uuid: widget.uuid },
  });
  await t.rejects(world.cloud.explain(world.admin.account.replace(/.$/, 'x') as ResourceUuid), {
    code: 'NotFound',
  });
});

t.test('what passes leave behind for it is the same as long as nothing is learnt', async (t) => {
  const world = await startCloud(t);
  world.outside.appliances.down = down();
  const network = await world.create('network', { ipv4Cidr: '10.1.0.0/24' });
  const machine = await world.create('virtualmachine', server(network));
  await world.pass(20_000);
  const before = await world.get('virtualmachine', machine.id);
  t.match(
    before.conditions.find(({ type }) => type === 'Ready'),
    { details: { blockers: [network.uuid] } },
  );
  const networkBefore = await world.get('network', network.id);
  t.match(
    networkBefore.conditions.find(({ type }) => type === 'Reconciled'),
    { details: { backend: 'memory.appliances', code: 'Unreachable' } },
  );
  await world.pass(60_000);
  const after = await world.get('network', network.id);
  t.ok(after.statusVersion > networkBefore.statusVersion, 'it was looked at meanwhile');
  t.same(after.conditions, networkBefore.conditions);
  t.same((await world.get('virtualmachine', machine.id)).conditions, before.conditions);
});
