import type { Driver, ServerSnapshotActual, ServerSnapshotDesired } from '@gdcloud/core';
import type { SimulatedPoolOptions } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const GIB = 2 ** 30;
const VM = '0190a000-0000-7000-8000-0000000000c1';
const TAKEN = keyOf('0190a000-0000-7000-8000-0000000000d1');
const DISKS = ['0190a000-0000-7000-8000-0000000000e0', '0190a000-0000-7000-8000-0000000000e1'];

interface Scene {
  readonly lab: Laboratory;
  readonly snapshots: Driver<ServerSnapshotDesired, ServerSnapshotActual>;
  readonly desired: ServerSnapshotDesired;
}

/** A server with two disks and a CD, as large as they come. */
async function scene(
  powerState: 'running' | 'halted',
  options: Partial<SimulatedPoolOptions> = {},
): Promise<Scene> {
  const lab = openLaboratory(options);
  const { driver, pool } = lab;
  const [repository] = pool.rows.list('SR');
  for (const uuid of DISKS) {
    pool.rows.insert('VDI', {
      uuid,
      SR: repository?.ref ?? '',
      location: uuid,
      virtual_size: GIB,
      type: 'user',
      managed: true,
    });
  }
  const server = keyOf(VM);
  const disks = DISKS.map((uuid, device) => ({ device, volume: keyOf(uuid).uuid }));
  await lab.converge(driver.servers, server, serverOn(lab.host, { powerState, disks }));
  const { snapshots } = driver;
  if (snapshots === undefined) throw new Error('the driver takes no snapshots');
  return { lab, snapshots, desired: { server } };
}

function lookAt({ lab, snapshots, desired }: Scene) {
  return lab.clock.until(snapshots.observe(TAKEN, desired, lab.call())).then(present);
}

/** Gives the guest an agent that can write down what it has in mind. */
function teach({ lab }: Scene): void {
  for (const { ref, record } of lab.pool.rows.list('VM_guest_metrics')) {
    const other = { ...(record['other'] as Record<string, string>), 'feature-quiesce': '1' };
    lab.pool.rows.set('VM_guest_metrics', ref, 'other', other);
  }
}

function copies({ lab }: Scene) {
  return lab.pool.rows.list('VDI').filter(({ record }) => record['is_a_snapshot'] === true);
}

function marks({ lab }: Scene): readonly string[] {
  return lab.pool.rows
    .list('VDI')
    .filter(({ record }) => record['is_a_snapshot'] !== true)
    .flatMap(({ record }) => {
      const config = record['other_config'] as Record<string, string>;
      return config['gdcloud:snapshot'] ?? [];
    });
}

t.test('a running server whose guest can do it is quiesced', async (t) => {
  const all = await scene('running', { asOf: 'clearwater' });
  teach(all);
  t.same(await all.lab.converge(all.snapshots, TAKEN, all.desired), ['create', 'marks']);
  t.match((await lookAt(all)).actual, { consistency: 'quiesced', sizeBytes: 2 * GIB });
});

t.test('a guest without the agent is not, and neither is any on releases that can’t', async (t) => {
  for (const asOf of ['boston', 'tampa', 'clearwater', 'latest']) {
    const all = await scene('running', { asOf });
    if (asOf === 'latest') teach(all);
    await all.lab.converge(all.snapshots, TAKEN, all.desired);
    t.match((await lookAt(all)).actual, { consistency: 'crash', sizeBytes: 2 * GIB }, asOf);
    t.equal(copies(all).length, 2, asOf);
  }
});

t.test('a single disk of a server is copied without the others, and told by name', async (t) => {
  const all = await scene('running');
  const [, disk = ''] = DISKS;
  const desired = { ...all.desired, disk: keyOf(disk).uuid };
  t.same(await all.lab.converge(all.snapshots, TAKEN, desired), ['create', 'marks']);
  const [copy, ...others] = copies(all);
  t.same(others, []);
  const { actual } = await lookAt({ ...all, desired });
  t.match(actual, { consistency: 'crash', sizeBytes: GIB, copy: copy?.record['uuid'] });
  t.same(marks(all), []);
  await all.lab.remove(all.snapshots, TAKEN);
  t.same(copies(all), []);
});

t.test('a disk that is not in the server, or in none, is not copied', async (t) => {
  const all = await scene('running');
  const { clock } = all.lab;
  const disk = keyOf('0190a000-0000-7000-8000-0000000000e7').uuid;
  for (const [desired, code] of [
    [{ ...all.desired, disk }, 'DiskNotInServer'],
    [{ disk }, 'ServerUnknown'],
  ] as const)
    await t.rejects(clock.until(all.snapshots.create(TAKEN, desired, all.lab.call())), { code });
  t.same(copies(all), []);
  t.same(marks(all), []);
});

t.test('releases that leave no disk out say so', async (t) => {
  for (const asOf of ['boston', 'clearwater', 'stockholm']) {
    const all = await scene('running', { asOf });
    const desired = { ...all.desired, disk: keyOf(DISKS[1] ?? '').uuid };
    const call = all.lab.clock.until(all.snapshots.create(TAKEN, desired, all.lab.call()));
    await t.rejects(call, { code: 'NoDiskSnapshots' }, asOf);
    t.same(copies(all), []);
  }
});

t.test('a server that is off is taken as it lies there, when it was taken is told', async (t) => {
  const all = await scene('halted');
  const before = all.lab.clock.now();
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  const { actual } = await lookAt(all);
  t.equal(actual.consistency, 'offline');
  t.ok(Math.abs(actual.takenAt - before) < 60_000);
});

t.test('the server stays who it is, and so do its disks', async (t) => {
  const all = await scene('running');
  const { driver, host } = all.lab;
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  const disks = DISKS.map((uuid, device) => ({ device, volume: keyOf(uuid).uuid }));
  const again = await all.lab.converge(driver.servers, keyOf(VM), serverOn(host, { disks }));
  t.same(again, [], 'nothing of it is to be changed');
  const { clock } = all.lab;
  const servers = await clock.until(driver.servers.list(undefined, all.lab.call()));
  t.same(
    servers.objects.map(({ uuid }) => uuid),
    [VM],
  );
  const listed = await clock.until(driver.disks.list(undefined, all.lab.call()));
  t.same(
    listed.objects.map(({ uuid }) => uuid),
    DISKS,
  );
});

t.test('the disks are marked only while they are copied', async (t) => {
  const all = await scene('halted');
  const { clock } = all.lab;
  await clock.until(all.snapshots.create(TAKEN, all.desired, all.lab.call()));
  t.equal(marks(all).length, 2);
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  t.same(marks(all), []);
});

t.test('a snapshot is removed with its disks, and nothing else', async (t) => {
  const all = await scene('halted');
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  const before = all.lab.pool.rows.list('VDI').length;
  await all.lab.remove(all.snapshots, TAKEN);
  t.same(copies(all), []);
  t.equal(all.lab.pool.rows.list('VDI').length, before - 2);
  t.same((await all.lab.clock.until(all.snapshots.list(undefined, all.lab.call()))).objects, []);
});

t.test('copies that a dying pool left behind are found, and only those', async (t) => {
  const all = await scene('halted');
  const { clock, pool } = all.lab;
  await clock.until(all.snapshots.create(TAKEN, all.desired, all.lab.call()));
  // As if the pool had died before it made the row and the drives.
  const [row] = pool.rows.list('VM').filter(({ record }) => record['is_a_snapshot'] === true);
  if (row === undefined) throw new Error('no snapshot was taken');
  for (const { ref, record } of pool.rows.list('VBD'))
    if (record['VM'] === row.ref) pool.rows.destroy('VBD', ref);
  pool.rows.destroy('VM', row.ref);
  const [disk] = pool.rows.list('VDI').filter(({ record }) => record['uuid'] === DISKS[0]);
  const strangers = pool.rows.insert('VDI', {
    SR: String(disk?.record['SR']),
    is_a_snapshot: true,
    snapshot_of: disk?.ref ?? '',
    managed: true,
    virtual_size: GIB,
  });
  const { objects } = await clock.until(all.snapshots.list(undefined, all.lab.call()));
  t.equal(objects.length, 2, 'they are ours to answer for');
  t.equal(
    (await clock.until(all.snapshots.observe(TAKEN, all.desired, all.lab.call()))).presence,
    'absent',
  );

  t.same(await all.lab.converge(all.snapshots, TAKEN, all.desired), [
    'create',
    'create',
    'create',
    'marks',
  ]);
  t.equal(copies(all).length, 3, 'two of the new one, and the one of a stranger');
  await all.lab.remove(all.snapshots, TAKEN);
  t.same(
    copies(all).map(({ ref }) => ref),
    [strangers],
  );
});

t.test('copies that are left behind go with a snapshot that nobody wants any more', async (t) => {
  const all = await scene('halted');
  const { clock, pool } = all.lab;
  await clock.until(all.snapshots.create(TAKEN, all.desired, all.lab.call()));
  for (const { ref, record } of pool.rows.list('VM')) {
    if (record['is_a_snapshot'] !== true) continue;
    for (const drive of pool.rows.list('VBD'))
      if (drive.record['VM'] === ref) pool.rows.destroy('VBD', drive.ref);
    pool.rows.destroy('VM', ref);
  }
  await all.lab.remove(all.snapshots, TAKEN);
  t.same(copies(all), []);
});

t.test('several snapshots of one server stand side by side', async (t) => {
  const all = await scene('running');
  const other = keyOf('0190a000-0000-7000-8000-0000000000d2');
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  await all.lab.converge(all.snapshots, other, all.desired);
  t.equal(copies(all).length, 4);
  await all.lab.remove(all.snapshots, TAKEN);
  t.equal(copies(all).length, 2);
  const { clock } = all.lab;
  t.equal(
    present(await clock.until(all.snapshots.observe(other, all.desired, all.lab.call()))).changes
      .length,
    0,
  );
});

t.test('a server that the pool does not know is waited for', async (t) => {
  const all = await scene('halted');
  const { clock } = all.lab;
  const unknown = { server: keyOf('0190a000-0000-7000-8000-0000000000cc') };
  await t.rejects(clock.until(all.snapshots.create(TAKEN, unknown, all.lab.call())), {
    outcome: 'rejected',
    code: 'ServerUnknown',
  });
});

t.test('a chain that can’t grow is named, and whatever was copied by then goes', async (t) => {
  const all = await scene('halted');
  const { clock, pool } = all.lab;
  const [disk] = pool.rows.list('VDI').filter(({ record }) => record['uuid'] === DISKS[1]);
  const set = (config: Readonly<Record<string, string>>) =>
    pool.rows.set('VDI', disk?.ref ?? '', 'other_config', config);
  set({ 'simulated-fault': '109' });
  await t.rejects(clock.until(all.snapshots.create(TAKEN, all.desired, all.lab.call())), {
    outcome: 'rejected',
    code: 'ChainTooLong',
    remedy: /Delete snapshots/,
  });
  t.same(copies(all), []);
  set({});
  await all.lab.converge(all.snapshots, TAKEN, all.desired);
  t.equal(copies(all).length, 2);
});
