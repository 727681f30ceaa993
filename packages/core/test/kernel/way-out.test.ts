import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  conditionOf,
  type JsonObject,
  type Resource,
  STALL_KINDS,
  STALLS,
  type StallAction,
  type StallKind,
} from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { invalid, rejected } from '../support/failures.js';
import { forwardTo, reachable } from '../support/networking.js';
import { sleep, sweptWidgets } from '../support/orphans.js';
import { uuid } from '../support/resources.js';
import { losableKeys } from '../support/sealing.js';
import { Twins } from '../support/twins.js';
import { plainly, type Widgets, widgets } from '../support/widgets.js';

type Test = Parameters<typeof startCloud>[0];

/** A resource that got stuck, and all that an API user can do about it. */
interface Stuck {
  readonly world: TestCloud;
  readonly resource: Resource;
  /** The change that helps, where `update` is offered. */
  readonly update?: JsonObject;
  /** The input of `keep`, where that is offered. */
  readonly keep?: JsonObject;
  /** What an operator does outside before asking for `reconcile`, where something outside is to be mended. */
  readonly mend?: () => void;
}

async function withWidget(t: Test, outside: Widgets, body: JsonObject = { size: 2 }) {
  const world = await startCloud(t, { plugins: [outside.plugin] });
  return { world, resource: await world.create('widget', body) };
}

/** How each kind of stall is brought about. */
const BROUGHT_ABOUT: { readonly [Kind in StallKind]: (t: Test) => Promise<Stuck> } = {
  InvalidDesired: async (t) => {
    const outside = widgets();
    const { objects } = outside;
    const create = objects.create.bind(objects);
    let largest = 5;
    objects.create = (key, desired, call) =>
      desired.size > largest ? Promise.reject(invalid()) : create(key, desired, call);
    const mend = () => {
      largest = 100;
    };
    return { ...(await withWidget(t, outside, { size: 9 })), update: { size: 4 }, mend };
  },
  Failing: async (t) => {
    const outside = widgets();
    const { objects } = outside;
    const create = objects.create.bind(objects);
    objects.create = (key, desired, call) =>
      desired.size === 2 ? Promise.reject(rejected()) : create(key, desired, call);
    const mend = () => {
      objects.create = create;
    };
    const stuck = await withWidget(t, outside);
    await failOften(stuck.world, stuck.resource);
    return { ...stuck, update: { size: 3 }, mend };
  },
  ExternalMissing: async (t) => {
    const outside = widgets({ dataBearing: 'yes' });
    const stuck = await withWidget(t, outside);
    const { world, resource } = stuck;
    await world.reaches('widget', resource.id, 'active');
    const [lost] = [...outside.objects.objects.values()];
    outside.objects.objects.clear();
    await world.act('widget', resource.id, 'reconcile');
    const mend = () => {
      if (lost !== undefined) outside.objects.objects.set(resource.uuid, lost);
    };
    return { ...stuck, mend };
  },
  DuplicateExternal: async (t) => {
    const driver = new Twins('yes');
    const create = driver.create;
    driver.create = async (key, desired, call) => {
      driver.add(key.uuid, 'late', 'maybe');
      await create(key, desired, call);
      // The answer is lost, so that its name is not known.
      return { settled: true };
    };
    const outside = widgets({ reconcile: (pass) => plainly(pass, driver) });
    const stuck = await withWidget(t, outside, { size: 1 });
    return { ...stuck, keep: { external: 'late' } };
  },
  DependencyMissing: async (t) => {
    const world = await startCloud(t);
    const network = await readyNetwork(world);
    const offering = await world.create('offering', { name: 'tiny', ramSizeMb: 512, cpuCount: 1 });
    const resource = await world.create('virtualmachine', server(network, { offering: 'tiny' }));
    await world.reaches('virtualmachine', resource.id, 'running');
    // What a removal comes to that was checked just before somebody referred to it.
    const at = world.clock.now();
    await world.store.change(offering.uuid, offering.generation, {
      deleteRequestedAt: at,
      event: { at, what: 'delete requested', why: 'a race', result: 'accepted' },
    });
    await world.reaches('offering', offering.id, 'removed');
    await world.act('virtualmachine', resource.id, 'reconcile');
    return { world, resource, update: { offering: '1gb-1cpu' } };
  },
  SecretUnreadable: async (t) => {
    const keys = losableKeys();
    keys.lose();
    const world = await startCloud(t, { sealingKeys: keys });
    const network = await readyNetwork(world);
    const asked = server(network, { userData: '#cloud-config' });
    const resource = await world.create('virtualmachine', asked);
    return { world, resource, mend: () => keys.regain() };
  },
  InTheWay: async (t) => {
    // Two that ask in one moment find nobody who has the port.
    const world = await startCloud(t, {
      wrapStore: (store) => ({ ...store, list: () => Promise.resolve({ resources: [] }) }),
    });
    const there = await reachable(world);
    const older = await world.create('portforward', forwardTo(there));
    const resource = await world.create('portforward', forwardTo(there));
    const mend = () => void world.remove('portforward', older.id);
    return { world, resource, update: { publicStartPort: 81, publicEndPort: 81 }, mend };
  },
  Drifted: async (t) => {
    const outside = widgets();
    const world = await startCloud(t, {
      plugins: [outside.plugin],
      drift: { widget: { '*': 'report' } },
    });
    const resource = await world.create('widget', { size: 2 });
    await world.reaches('widget', resource.id, 'active');
    await meddle(world, outside, resource);
    return { world, resource };
  },
  DriftContended: async (t) => {
    const outside = widgets();
    const stuck = await withWidget(t, outside);
    await stuck.world.reaches('widget', stuck.resource.id, 'active');
    for (let round = 0; round < 4; round += 1) await meddle(stuck.world, outside, stuck.resource);
    return stuck;
  },
  HostLost: async (t) => {
    const world = await startCloud(t);
    const network = await readyNetwork(world);
    const { id } = await world.create('virtualmachine', server(network));
    await world.reaches('virtualmachine', id, 'running');
    const { hostId } = (await world.get('virtualmachine', id)).status;
    const resource = await world.get('host', String(hostId));
    const { hosts } = world.outside;
    world.outside.hosts = hosts.map((each) =>
      each.name === resource.name ? { ...each, live: false } : each,
    );
    const mend = () => {
      world.outside.hosts = hosts;
      world.clock.jump(world.clock.now() + 2_000);
    };
    return { world, resource, mend };
  },
  DriverUnknown: async (t) => {
    const { plugin, objects } = sweptWidgets();
    objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
    const first = await startCloud(t, { plugins: [plugin] });
    await first.quiet();
    await first.stop();
    const world = await startCloud(t, { after: first });
    await world.act('orphan', '1', 'reconcile');
    return { world, resource: await world.get('orphan', '1') };
  },
  QuarantineNotSupported: async (t) => {
    const { plugin, objects } = sweptWidgets({ quarantine: 'impossible' });
    objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
    const orphans = { policy: 'quarantine', everyMs: 10 * 60_000 } as const;
    const world = await startCloud(t, { plugins: [plugin], orphans });
    await sleep(world, 15 * 60_000);
    return { world, resource: await world.get('orphan', '1') };
  },
};

// Goes from one try to the next without living through the pauses.
async function failOften(world: TestCloud, { type, id }: Resource): Promise<void> {
  await world.quiet();
  for (let tries = 1; tries < 20; tries += 1) {
    world.clock.jump((await world.get(type, id)).nextAttemptAt ?? world.clock.now());
    await world.until(async () => (await world.get(type, id)).attempts > tries);
  }
}

async function meddle(world: TestCloud, outside: Widgets, { uuid }: Resource): Promise<void> {
  const object = outside.objects.objects.get(uuid);
  if (object !== undefined) object.actual = { size: 77 };
  await world.store.wake(uuid, world.clock.now());
  await world.pass(7_000);
}

/** Takes one way out, through the front desk only, and says in which state that must end. */
async function leave(action: StallAction, stuck: Stuck): Promise<'well' | 'removed'> {
  const { world, resource } = stuck;
  const type = world.type(resource.type);
  const { resources } = world.cloud;
  switch (action) {
    case 'delete':
      await resources.remove(world.admin, type, resource.id);
      return 'removed';
    case 'update':
      await resources.update(world.admin, type, resource.id, stuck.update ?? {});
      return 'well';
    case 'reconcile':
      stuck.mend?.();
      await resources.act(world.admin, type, resource.id, 'reconcile', {});
      return 'well';
    case 'recreate':
    case 'keep':
    case 'fence':
      await resources.act(world.admin, type, resource.id, action, stuck[action as 'keep'] ?? {});
      return 'well';
  }
}

for (const kind of STALL_KINDS) {
  for (const action of STALLS[kind] as readonly StallAction[]) {
    t.test(`${kind} is freed by ${action}`, async (t) => {
      const stuck = await BROUGHT_ABOUT[kind](t);
      const { world, resource } = stuck;
      const { type, id } = resource;
      await world.until(
        async () => (await world.state(type, id)).transitioning === 'error',
        `the stall ${kind}`,
      );
      const stalled = conditionOf((await world.get(type, id)).conditions, 'Stalled');
      t.match(stalled, { status: 'True', details: { actions: STALLS[kind] } });
      if (kind !== 'InvalidDesired' && kind !== 'Failing') t.equal(stalled?.reason, kind);
      t.match(stalled?.message, /To free it, .+\.$/);
      const end = await leave(action, stuck);
      if (end === 'removed') {
        await world.reaches(type, id, 'removed');
        return;
      }
      await world.until(async () => (await world.state(type, id)).transitioning === 'no');
      const after = await world.get(type, id);
      t.match(after, { outcome: 'done', observedGeneration: after.generation });
      t.match(conditionOf(after.conditions, 'Stalled'), { status: 'False' });
    });
  }
}

t.test('what is stuck while it is being removed is freed by reconcile', async (t) => {
  const outside = widgets();
  const { world, resource } = await withWidget(t, outside);
  await world.reaches('widget', resource.id, 'active');
  const { objects } = outside;
  const remove = objects.delete.bind(objects);
  objects.delete = () => Promise.reject(invalid('it is protected'));
  await world.remove('widget', resource.id);
  await world.quiet();
  const stalled = conditionOf((await world.get('widget', resource.id)).conditions, 'Stalled');
  t.match(stalled, { status: 'True', details: { actions: ['reconcile'] } });
  objects.delete = remove;
  await world.act('widget', resource.id, 'reconcile');
  await world.quiet();
  t.match(await world.state('widget', resource.id), { state: 'removed' });
});

t.test('nothing in kernel and cloud stalls in a way that is not in the table', async (t) => {
  const source = new URL('../../src/', import.meta.url).pathname;
  const offenders: string[] = [];
  for (const folder of ['kernel', 'cloud']) {
    for (const name of await readdir(join(source, folder), { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const text = await readFile(join(source, folder, name), 'utf8');
      if (/kind: 'stall'(?! *\})/.test(text)) offenders.push(`${folder}/${name}`);
    }
  }
  t.same(offenders, [], 'stalls are made by stall(), which knows the table');
});
