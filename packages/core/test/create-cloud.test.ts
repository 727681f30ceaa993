import {
  type Cloud,
  COMPUTE,
  createCloud,
  defineResourceType,
  type Plugin,
  RECONCILER,
  RESOURCE_TYPE,
  type Reconciler,
  type ResourceUuid,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import { silentLogger } from '../dist/adapters/system/silent-logger.js';
import { ADMIN_KEY, readyNetwork, server, startCloud, surroundings } from './support/cloud.js';
import { OPEN_ACCESS } from './support/resources.js';
import { turns } from './support/turns.js';
import { widgets, widgetType } from './support/widgets.js';

const pepper = new Uint8Array(16);
const { plugin: outside } = memoryDrivers();
const store = sqlite({ file: ':memory:' });

function made(...plugins: readonly Plugin[]): Cloud {
  return createCloud({ pepper, plugins: [store, outside, ...plugins] });
}

t.test('a cloud without one of its parts is refused, and the part named', async (t) => {
  t.throws(() => createCloud({ pepper, plugins: [outside] }), /a store is missing.*Store/);
  t.throws(() => createCloud({ pepper, plugins: [store] }), /a compute driver is missing/);
  t.throws(
    () => createCloud({ pepper: new Uint8Array(15), plugins: [store, outside] }),
    /at least 16 bytes/,
  );
});

t.test('reconcilers that contradict the types or each other are refused', async (t) => {
  const { plugin } = widgets();
  const impostor = defineResourceType({
    id: 'widget',
    plural: 'widgets',
    description: 'Another one.',
    spec: {},
    status: {},
    access: OPEN_ACCESS,
  });
  const another: Reconciler = {
    type: impostor,
    reconcile: () => Promise.resolve({ kind: 'done' }),
  };
  t.throws(
    () => made(plugin, (container) => void container.register(RECONCILER, { useValue: another })),
    /the reconciler of widget is for another type of that name/,
  );
  t.throws(() => made(plugin, plugin), /two resource types are called widget/);
  const again: Reconciler = { ...another, type: widgetType };
  t.throws(
    () => made(plugin, (container) => void container.register(RECONCILER, { useValue: again })),
    /two reconcilers are registered for widget/,
  );
});

t.test('a type of a plug-in that nothing outside stands for is as asked at once', async (t) => {
  const note = defineResourceType({
    id: 'note',
    plural: 'notes',
    description: 'A note.',
    spec: {},
    status: {},
    access: OPEN_ACCESS,
  });
  const world = await startCloud(t, {
    plugins: [(container) => void container.register(RESOURCE_TYPE, { useValue: note })],
  });
  const { id } = await world.create('note', {});
  await world.quiet();
  t.match(await world.state('note', id), { state: 'active', transitioning: 'no' });
  await world.remove('note', id);
  await world.quiet();
  t.match(await world.state('note', id), { state: 'removed' });
});

t.test('every cloud starts with offerings, images and an administrator, once', async (t) => {
  const around = surroundings(t);
  for (let start = 0; start < 2; start += 1) {
    const world = await startCloud(t, { after: around });
    const list = async (type: string) =>
      (
        await world.cloud.resources.list(world.admin, world.type(type), { filters: [], limit: 50 })
      ).resources.map(({ name }) => name);
    t.same(await list('offering'), [
      '1gb-1cpu',
      '1gb-2cpu',
      '2gb-2cpu',
      '2gb-4cpu',
      '4gb-4cpu',
      '4gb-8cpu',
      '8gb-8cpu',
      '16gb-8cpu',
    ]);
    t.same(await list('image'), ['Linux', 'Windows']);
    t.same(await list('account'), ['Administrator']);
    t.same((await list('host')).toSorted(), ['host0', 'host1']);
    t.same(await list('storagepool'), ['memory']);
    t.match(world.admin, { kind: 'admin', accountName: 'Administrator', accountId: '1' });
    await world.stop();
  }
});

t.test('what an operator removed since the first start is left removed', async (t) => {
  const first = await startCloud(t);
  await first.remove('image', '2');
  await first.reaches('image', '2', 'removed');
  await first.remove('offering', '16gb-8cpu');
  await first.quiet();
  await first.stop();
  const second = await startCloud(t, { after: first });
  t.match(await second.state('image', '2'), { state: 'removed' });
  await t.rejects(second.get('offering', '16gb-8cpu'), { code: 'NotFound' });
});

t.test('another secret for the same access key takes the place of the old one', async (t) => {
  const around = surroundings(t);
  const world = await startCloud(t, { after: around });
  await world.stop();
  const other = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: { ...ADMIN_KEY, secretValue: 'new' },
    plugins: [
      around.outside.plugin,
      (container) =>
        void container.register(Symbol.for('@gdcloud/core/Store'), {
          useValue: { ...around.store, close: () => Promise.resolve() },
        }),
    ],
  });
  await other.start();
  t.equal(
    await other.resources.authenticate(ADMIN_KEY.publicValue, ADMIN_KEY.secretValue),
    undefined,
  );
  t.match(await other.resources.authenticate(ADMIN_KEY.publicValue, 'new'), { kind: 'admin' });
  for (let turn = 0; turn < 500 && other.load.active + other.load.queued > 0; turn += 1)
    await turns();
  await other.stop();
});

t.test('what a backend says of its servers is looked into', async (t) => {
  const signals: AbortSignal[] = [];
  let tell: ((uuid: ResourceUuid) => void) | undefined;
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const compute = container.resolve(COMPUTE);
        compute.watch = (changed, { signal }) => {
          tell = changed;
          signals.push(signal);
          return Promise.resolve();
        };
      },
    ],
  });
  const network = await readyNetwork(world);
  const { id, uuid } = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', id, 'running');
  const kept = world.outside.servers.objects.get(uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, powerState: 'halted' };
  tell?.(uuid);
  await world.quiet();
  t.equal(world.outside.servers.objects.get(uuid)?.actual.powerState, 'running');
  await world.stop();
  t.equal(signals[0]?.aborted, true);
});

t.test('a backend that can not be watched is done without', async (t) => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', hear);
  t.teardown(() => process.off('unhandledRejection', hear));
  await startCloud(t, {
    plugins: [
      (container) => {
        container.resolve(COMPUTE).watch = () => Promise.reject(new Error('the stream broke'));
      },
    ],
  });
  await turns(4);
  t.same(unhandled, []);
});

t.test('a cloud is disposed of like any other resource', async (t) => {
  const disposed = async (): Promise<void> => {
    await using cloud = createCloud({ pepper, plugins: [sqlite({ file: ':memory:' }), outside] });
    await cloud.start();
    for (let turn = 0; turn < 500 && cloud.load.active + cloud.load.queued > 0; turn += 1)
      await turns(3);
  };
  await t.resolves(disposed());
});

t.test('the machine’s own time and chance are what a cloud uses by default', async (t) => {
  const before = Date.now();
  t.ok(systemClock.now() >= before);
  const start = systemClock.monotonic();
  t.ok(systemClock.monotonic() >= start);
  await new Promise<void>((resolve) => {
    systemClock.schedule(0, () => t.fail('it was taken back'))();
    // A timer of ours keeps no process alive; this one does until it has fired.
    const keep = setInterval(() => undefined, 1_000);
    systemClock.schedule(1, () => {
      clearInterval(keep);
      resolve();
    });
  });
  const fraction = systemRandom.fraction();
  t.ok(fraction >= 0 && fraction < 1);
  t.equal(systemRandom.bytes(16).length, 16);
  t.notSame(systemRandom.bytes(16), systemRandom.bytes(16));
  for (const say of Object.values(silentLogger)) t.equal((say as () => unknown)(), undefined);
});

t.test(
  'a process with the role api records what is asked, and one with the role kernel carries it out',
  async (t) => {
    const around = surroundings(t);
    const front = await startCloud(t, { after: around, roles: ['api'] });
    const asked = await front.create('network', {
      name: 'web',
      domain: 'web.local',
      ipv4Cidr: '10.0.0.0/24',
    });
    await front.pass(60_000);
    t.equal((await front.state('network', asked.id)).state, 'creating', 'nobody works on it');
    t.equal(around.outside.appliances.objects.size, 0);

    const back = await startCloud(t, { after: around, roles: ['kernel'] });
    await back.reaches('network', asked.id, 'active');
    t.equal((await front.state('network', asked.id)).state, 'active', 'the front sees it too');
  },
);
