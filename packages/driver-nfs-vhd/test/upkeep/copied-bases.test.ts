import { asUuid, type ResourceUuid } from '@gdcloud/core';
import { test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { keyOf, MIB, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { FOLDER, HOUR, UpkeepWorld } from '../support/upkeep-world.js';
import { COPIED } from '../support/volume-world.js';

const BASE = `${FOLDER}/${COPIED.base}.vhd`;

test('what a hypervisor has put under a volume goes once nothing reads from it', async (t) => {
  const world = new UpkeepWorld();
  await world.make(1);
  await world.make(4, { parent: 1, visibility: 'visible' });
  await world.write(4, 0, 8, 'running');
  world.recorded.set(uuid(4), 'open');
  await new Guest(world.files, FOLDER).copy(4, COPIED);
  const { snapshots } = world.driver();
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  const copy = { disk: COPIED.disk, takenAt: 1_700_000_000_000 };
  const snapshot = { name: 's', volume: uuid(4), copy };
  await converge(snapshots, keyOf(17), snapshot, fenced('1'));
  world.recorded.set(uuid(17), 'closed');
  world.disk.unlink(`${FOLDER}/${COPIED.disk}.vhd`);
  world.recorded.set(uuid(4), 'closed');
  t.same(await later(world), [], 'a snapshot and a volume read from it');

  await dissolve(snapshots, keyOf(17), fenced('1'));
  world.recorded.delete(uuid(17));
  t.same(await later(world), [], 'the volume reads from it');
  world.disk.unlink(`${FOLDER}/${uuid(4)}.vhd`);
  world.recorded.delete(uuid(4));
  t.match(await later(world), [
    `set ${COPIED.base} aside: it was removed, and nothing reads from it any more`,
    /^removed .* from the trash$/,
  ]);
  t.notOk(world.disk.status(BASE));
  t.same([world.disks(), world.own('retired'), world.own('trash')], [[1], [], []]);
});

test('a volume that a hypervisor has copied is joined with what is left of that', async (t) => {
  const world = new UpkeepWorld();
  const guest = new Guest(world.files, FOLDER);
  const driver = world.driver();
  const { snapshots, volumes } = driver;
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  const free = { name: 'v', sizeBytes: 4 * MIB, use: 'free' } as const;
  await converge(volumes, keyOf(4), free, fenced('1'));
  await guest.write(4, Buffer.alloc(1024, 'first'), 0);
  const copied = [COPIED, { base: other(COPIED.base), disk: other(COPIED.disk) }];
  for (const [nth, names] of copied.entries()) {
    await guest.copy(4, names);
    const copy = { disk: names.disk, takenAt: 1_700_000_000_000 };
    const key = keyOf(17 + nth);
    await converge(snapshots, key, { name: 's', volume: uuid(4), copy }, fenced('1'));
    world.disk.unlink(`${FOLDER}/${names.disk}.vhd`);
    world.recorded.set(key.uuid, 'closed');
    await guest.write(4, Buffer.alloc(1024, `after ${nth}`), 4096);
  }
  world.recorded.set(uuid(4), 'open');
  const before = await guest.hash(4);
  for (const n of [17, 18]) {
    await dissolve(snapshots, keyOf(n), fenced('1'));
    world.recorded.delete(uuid(n));
  }
  t.same(await later(world), [], 'a server has it');
  t.equal(await world.depth(4), 3);

  world.recorded.set(uuid(4), 'closed');
  await later(world);
  await converge(volumes, keyOf(4), free, fenced('2'));
  t.equal(await world.depth(4), 1, 'its own pass has joined it');
  t.equal(await guest.hash(4), before);
  for (const _node of copied) await later(world);
  t.same([world.disks(), world.own('retired'), world.own('trash')], [[4], [], []]);
});

function other(uuid: ResourceUuid): ResourceUuid {
  return asUuid(uuid.replace(/^0/, '1'));
}

/** Two days of upkeep. */
async function later(world: UpkeepWorld): Promise<readonly string[]> {
  const done: string[] = [];
  for (let hours = 0; hours <= 48; hours += 6) {
    done.push(...(await world.round()).done);
    world.clock.time += 6 * HOUR;
  }
  return done;
}
