import type { Test } from 'tap';
import { HOUR, UpkeepWorld } from '../support/upkeep-world.js';

/** What a round of upkeep is about, by the rounds that went before it. */
export const ROUNDS = [
  [0, 'certificates and a join'],
  [1, 'the joined file is set aside, what was replaced leaves the trash'],
  [3, 'the joined file leaves the trash'],
  [5, 'the record goes'],
] as const;

const made = new Map<number, Promise<UpkeepWorld>>();

/** A share of its own, as it is after so many rounds of upkeep. */
export async function shareAfter(before: number): Promise<UpkeepWorld> {
  const world = made.get(before) ?? make(before);
  made.set(before, world);
  return (await world).copy();
}

/** A removed snapshot between an image and another snapshot, one that nothing reads from, and something half written. */
async function make(before: number): Promise<UpkeepWorld> {
  const world = new UpkeepWorld();
  await world.make(1, { megabytes: 2 });
  await world.write(1, 0, 600, 'image');
  await world.make(2, { parent: 1, megabytes: 2 });
  await world.write(2, 100, 700, 'removed');
  await world.make(3, { parent: 2, megabytes: 2 });
  await world.write(3, 300, 500, 'kept');
  await world.make(4, { parent: 3, visibility: 'visible', megabytes: 2 });
  await world.make(9, { megabytes: 2 });
  world.put('/srv/share/.gdcloud/tmp/evidence.01890000-0000-7000-8000-000000000777', 'half');
  world.retire(2);
  world.retire(9);
  await world.rounds(before);
  return world;
}

/** What the disks read as that are to stay. */
export async function kept(world: UpkeepWorld): Promise<readonly string[]> {
  return Promise.all([1, 3, 4].map((n) => world.hash(n)));
}

/** All is as if nobody had ever been stopped. */
export async function converges(
  t: Test,
  world: UpkeepWorld,
  hashes: readonly string[],
  where: string,
): Promise<void> {
  world.clock.time += 2 * HOUR;
  for (let round = 0; round < 9 && leftOf(world) !== ALL_DONE; round += 1) await world.rounds(1);
  if (leftOf(world) !== ALL_DONE) t.fail(`${where}: ${leftOf(world)}`);
  if ((await world.depth(4)) !== 3) t.fail(`${where}: not joined`);
  if ((await kept(world)).join() !== hashes.join()) t.fail(`${where}: another content at last`);
}

const ALL_DONE = '[[1,3,4],[],[],[]]';

function leftOf(world: UpkeepWorld): string {
  const own = (['trash', 'tmp', 'retired'] as const).map((folder) => world.own(folder));
  return JSON.stringify([world.disks(), ...own]);
}
