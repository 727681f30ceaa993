import type { Caller, JsonObject, Resource, Store } from '@gdcloud/core';
import t from 'tap';
import { removeDiscarded } from '../../dist/cloud/virtualmachine/remove-discarded.js';
import {
  readyNetwork,
  server,
  startCloud,
  type TestCloud,
  type TestCloudOptions,
} from '../support/cloud.js';
import { hooking } from '../support/hooking.js';

const VM = 'virtualmachine';
const MINUTE = 60_000;

type Test = Parameters<typeof startCloud>[0];

async function aServer(t: Test, options: TestCloudOptions & { body?: JsonObject } = {}) {
  const world = await startCloud(t, options);
  const network = await readyNetwork(world);
  const asked = await world.create(VM, server(network, options.body));
  const rests = options.body?.['desiredState'] === 'stopped' ? 'stopped' : 'running';
  return { world, network, machine: await world.reaches(VM, asked.id, rests) };
}

const discard = (world: TestCloud, id: string, graceSeconds = 120): Promise<Resource> =>
  world.actWith(VM, id, 'discard', { graceSeconds });

const actions = (world: TestCloud, machine: Resource): readonly string[] =>
  world.cloud.resources.actions(world.admin, world.type(VM), machine);

const hasGone = ({ removed, deleteRequestedAt }: Resource): boolean =>
  removed !== null || deleteRequestedAt !== null;

t.test(
  'a server that is put aside is shut down, and says from when on it is removed',
  async (t) => {
    const { world, machine } = await aServer(t);
    const asked = await world.act(VM, machine.id, 'discard');
    t.match(asked.spec, {
      removeAfter: world.clock.now() + 86_400_000,
      desiredState: 'stopped',
      desiredStateBefore: 'running',
    });
    t.match(await world.state(VM, machine.id), { state: 'stopping', transitioning: 'yes' });
    const discarded = await world.reaches(VM, machine.id, 'discarded');
    t.match(discarded.status, { powerState: 'halted' });
    t.match(await world.state(VM, machine.id), { transitioning: 'no' });
    t.same(actions(world, discarded), ['resize', 'restore', 'usage', 'reconcile', 'explain']);
    for (const graceSeconds of [59, 30 * 86_400 + 1])
      await t.rejects(world.actWith(VM, machine.id, 'discard', { graceSeconds }), {
        code: /LimitExceeded/,
        fieldName: 'graceSeconds',
      });
  },
);

t.test('as long as it is put aside it does not run, whatever way that is asked', async (t) => {
  const { world, machine } = await aServer(t);
  await discard(world, machine.id, 86_400);
  const until = new Date(world.clock.now() + 86_400_000).toISOString();
  const why = `it is put aside, and removed after ${until}: restore it first`;
  await t.rejects(world.act(VM, machine.id, 'start'), {
    code: 'ActionNotAvailable',
    message: `start is not possible now: ${why}`,
  });
  await t.rejects(world.update(VM, machine.id, { desiredState: 'running' }), {
    code: 'AdmissionRefused',
    fieldName: 'desiredState',
    message: why,
  });
  await t.rejects(world.act(VM, machine.id, 'discard'), {
    message: 'discard is not possible now',
  });
  await world.actWith(VM, machine.id, 'resize', { offering: '2gb-2cpu' });
  const changed = await world.update(VM, machine.id, {
    name: 'other',
    desiredState: 'stopped',
    removeAfter: null,
    desiredStateBefore: 'stopped',
  });
  t.match(changed, {
    name: 'other',
    spec: { offering: '2gb-2cpu', removeAfter: Date.parse(until), desiredStateBefore: 'running' },
  });
  const made = await world.create(VM, {
    ...server(await readyNetwork(world, { ipv4Cidr: '10.1.0.0/24' })),
    removeAfter: 1,
    desiredStateBefore: 'stopped',
  });
  t.match(made.spec, { removeAfter: null, desiredStateBefore: null }, 'nor is it made like that');
});

t.test('what is taken back is what it was before, and stays', async (t) => {
  for (const before of ['running', 'stopped']) {
    const { world, machine } = await aServer(t, { body: { desiredState: before } });
    await t.rejects(world.act(VM, machine.id, 'restore'), { code: 'ActionNotAvailable' });
    await discard(world, machine.id);
    await world.reaches(VM, machine.id, 'discarded');
    const asked = await world.act(VM, machine.id, 'restore');
    t.match(asked.spec, { desiredState: before, removeAfter: null, desiredStateBefore: null });
    await world.pass(4 * MINUTE);
    t.match(await world.state(VM, machine.id), { state: before });
    t.same(world.outside.servers.counts.create, 1, 'it is the one that was there');
  }
});

t.test('a server whose grace time is over is removed with its disk, and it says why', async (t) => {
  const { world, network, machine } = await aServer(t);
  const [disk] = await world.store.referrers(machine.uuid, 'volume', 'virtualmachineId');
  await discard(world, machine.id);
  await world.pass(119_000);
  t.match(await world.state(VM, machine.id), { state: 'discarded' });
  await t.rejects(world.remove('network', network.id), { code: 'InUse' }, 'it counts until then');
  // Whoever was there when it was put aside need not be there when it goes.
  world.abandon();
  const successor = await startCloud(t, { after: world });
  const gone = await successor.reaches(VM, machine.id, 'removed');
  t.ok(Number(gone.deleteRequestedAt) >= Number(gone.spec['removeAfter']), 'and no sooner');
  t.match(await successor.state('volume', disk?.id ?? ''), { state: 'removed' });
  const history = await successor.cloud.resources.history(
    successor.admin,
    successor.type(VM),
    machine.id,
  );
  t.match(
    history.find(({ what }) => what === 'delete requested'),
    { why: 'its grace time was over', result: 'delete' },
  );
  const audit = { filters: [], limit: 1_000 };
  const { resources } = await successor.cloud.resources.list(
    successor.admin,
    successor.type('auditrecord'),
    audit,
  );
  const done = resources.map(({ spec }) => (spec as JsonObject)['action']);
  t.ok(done.includes('act:discard'), 'who asked for it is on record');
  t.notOk(done.includes('delete'), 'and what the cloud does of its own accord is in the history');
});

t.test('a server that is put aside still counts for its account', async (t) => {
  const world = await startCloud(t, { limits: { virtualmachines: 1 } });
  const user = await world.account('ada');
  const network = await readyNetwork(world, { caller: user });
  const machine = await world.create(VM, server(network), user);
  await world.cloud.resources.act(user, world.type(VM), machine.id, 'discard', {
    graceSeconds: 60,
  });
  await t.rejects(world.create(VM, server(network), user), { code: 'LimitExceeded' });
  await world.reaches(VM, machine.id, 'removed');
  t.ok(await world.create(VM, server(network), user));
});

t.test('one that is still needed when its time is over stays for another hour', async (t) => {
  const { world, machine } = await aServer(t);
  const snapshot = await world.create('snapshot', { virtualmachineId: machine.id });
  await world.reaches('snapshot', snapshot.id, 'active');
  await discard(world, machine.id);
  await world.pass(5 * MINUTE);
  const kept = await world.get(VM, machine.id);
  t.notOk(hasGone(kept));
  t.match(await world.state(VM, machine.id), { state: 'discarded' });
  const { at = 0, ...why } =
    (await world.cloud.resources.history(world.admin, world.type(VM), machine.id)).find(
      ({ what }) => what === 'removal put off',
    ) ?? {};
  t.same(why, {
    what: 'removal put off',
    why: `virtualmachine ${machine.id} is still in use by 1 snapshot`,
    result: 'removeAfter',
  });
  t.equal(kept.spec['removeAfter'], at + 60 * MINUTE);
  await world.remove('snapshot', snapshot.id);
  await world.reaches('snapshot', snapshot.id, 'removed');
  world.clock.advance(58 * MINUTE);
  await world.reaches(VM, machine.id, 'removed');
});

t.test(
  'a plug-in keeps one for another hour, and one that fails only until it works',
  async (t) => {
    let mood: 'fails' | 'refuses' = 'fails';
    const keeper = hooking({
      point: 'admit.validate',
      name: 'test/keeper',
      run: ({ operation, before }) => {
        if (operation !== 'delete' || before?.name !== 'kept') return undefined;
        if (mood === 'fails') throw new Error('it does not know');
        return { message: 'it is wanted in court' };
      },
    });
    const { world, network, machine } = await aServer(t, {
      plugins: [keeper],
      body: { name: 'kept' },
    });
    const other = await world.create(VM, server(network));
    for (const { id } of [machine, other]) await discard(world, id);
    await world.pass(5 * MINUTE);
    t.ok(hasGone(await world.get(VM, other.id)), 'nobody else has to stay for it');
    t.notOk((await world.events(VM, machine.id)).includes('removal put off'));
    mood = 'refuses';
    await world.pass(5_000);
    const { why } =
      (await world.cloud.resources.history(world.admin, world.type(VM), machine.id)).find(
        ({ what }) => what === 'removal put off',
      ) ?? {};
    t.equal(why, 'it is wanted in court');
    t.notOk(hasGone(await world.get(VM, machine.id)));
  },
);

/** A cloud in which something happens right before the first write of one kind to a server. */
async function interrupted(t: Test, which: 'removal' | 'restore') {
  let before: (() => Promise<unknown>) | undefined;
  const made = await aServer(t, {
    wrapStore: (store): Store => ({
      ...store,
      change: async (uuid, generation, change) => {
        const kind = change.deleteRequestedAt === undefined ? 'restore' : 'removal';
        const interrupt = before;
        if (kind === which && interrupt !== undefined) {
          before = undefined;
          await interrupt();
        }
        return store.change(uuid, generation, change);
      },
    }),
  });
  await discard(made.world, made.machine.id);
  await made.world.reaches(VM, made.machine.id, 'discarded');
  return {
    ...made,
    interruptWith: (happening: () => Promise<unknown>) => {
      before = happening;
    },
  };
}

t.test('taken back in the very moment in which it was to go, it stays', async (t) => {
  const { world, machine, interruptWith } = await interrupted(t, 'removal');
  let restored: Resource | undefined;
  interruptWith(async () => {
    restored = await world.act(VM, machine.id, 'restore');
  });
  await world.pass(4 * MINUTE);
  t.match(restored?.spec, { removeAfter: null }, 'it was told that it is taken back');
  t.notOk(hasGone(await world.get(VM, machine.id)), 'and so it is');
  t.match(await world.state(VM, machine.id), { state: 'running' });
  t.notOk((await world.events(VM, machine.id)).includes('delete requested'));
});

t.test('asked to go in the very moment in which it is taken back, it goes', async (t) => {
  const { world, machine, interruptWith } = await interrupted(t, 'restore');
  interruptWith(async () => {
    await world.pass(4 * MINUTE);
  });
  await t.rejects(world.act(VM, machine.id, 'restore'), {
    code: 'ActionNotAvailable',
    message: 'restore is not possible now',
  });
  t.ok(hasGone(await world.get(VM, machine.id)));
});

t.test('while another process looks for them, nobody else does', async (t) => {
  const { world, machine } = await aServer(t);
  await discard(world, machine.id, 60);
  const late = { now: () => world.clock.now() + 60 * MINUTE };
  const asked: string[] = [];
  const task = (holder: 'another' | 'nobody') =>
    removeDiscarded({
      store: world.store,
      locks: {
        tryAcquire: async () =>
          holder === 'another'
            ? undefined
            : {
                fence: machine.fence ?? (t.fail('it has been claimed') as never),
                signal: new AbortController().signal,
                remainingMs: () => MINUTE,
                release: async () => {
                  asked.push('released');
                },
              },
      },
      events: { publish: () => undefined },
      clock: late,
      logger: { info: () => undefined },
      remove: async ({ id }, why) => {
        asked.push(`${id}: ${why}`);
      },
    });
  const { signal } = new AbortController();
  await task('another').run({ signal });
  t.same(asked, []);
  await task('nobody').run({ signal });
  t.same(asked, [`${machine.id}: its grace time was over`, 'released']);
});

t.test('a server of an earlier release, which does not say, is not put aside', async (t) => {
  const { world, machine } = await aServer(t);
  const { removeAfter: _1, desiredStateBefore: _2, ...spec } = machine.spec as JsonObject;
  const event = { at: 0, what: 'update requested', why: 'it was so', result: 'spec' };
  const before = await world.store.change(machine.uuid, machine.generation, { spec, event });
  await world.pass(2 * MINUTE);
  t.match(await world.state(VM, machine.id), { state: 'running' });
  t.ok(before !== undefined && actions(world, before).includes('discard'));
  await discard(world, machine.id);
  const restored = await world.act(VM, machine.id, 'restore');
  t.match(restored.spec, { desiredState: 'running', removeAfter: null });
});

t.test('whoever may only read a server can’t put it aside', async (t) => {
  const { world, machine } = await aServer(t);
  const reader: Caller = { ...world.admin, scopes: ['virtualmachine:read'] };
  const act = (action: string): Promise<Resource> =>
    world.cloud.resources.act(reader, world.type(VM), machine.id, action, {});
  for (const action of ['discard', 'restore'])
    await t.rejects(act(action), { code: 'PermissionDenied' });
});
