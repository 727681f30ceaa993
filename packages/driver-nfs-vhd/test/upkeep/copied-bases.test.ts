import { test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { keyOf, uuid } from '../support/fixtures.js';
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
  t.equal((await world.depth(4)) > 2, true);
  world.disk.unlink(`${FOLDER}/${uuid(4)}.vhd`);
  world.recorded.delete(uuid(4));
  t.match(await later(world), [
    `set ${COPIED.base} aside: it was removed, and nothing reads from it any more`,
    /^removed .* from the trash$/,
  ]);
  t.notOk(world.disk.status(BASE));
  t.same([world.disks(), world.own('retired'), world.own('trash')], [[1], [], []]);
});

/** Two days of upkeep. */
async function later(world: UpkeepWorld): Promise<readonly string[]> {
  const done: string[] = [];
  for (let hours = 0; hours <= 48; hours += 6) {
    done.push(...(await world.round()).done);
    world.clock.time += 6 * HOUR;
  }
  return done;
}
