import t from 'tap';
import { PairWorld } from './simulation/pair-world.js';

t.setTimeout(Number(process.env['PAIR_SEEDS'] ?? 6) * 10_000 + 240_000);

const MINUTE = 60_000;
const HOW: readonly (readonly [how: string, strike: (world: PairWorld, nth: number) => void])[] = [
  ['has lost its power', (world, nth) => world.appliances[nth]?.losePower()],
  ['has lost its agent', (world, nth) => world.appliances[nth]?.kill()],
  ['is cut off from all kernels, and not from the lock service', (world, nth) => world.cutOff(nth)],
];
const SEEDS = Array.from({ length: Number(process.env['PAIR_SEEDS'] ?? 6) }, (_, nth) => nth + 1);

t.test('what was told to be gone nobody carries who is heard, whatever breaks', async (t) => {
  let takeovers = 0;
  for (const seed of SEEDS) {
    const world = new PairWorld({ seed });
    await world.pass(5 * MINUTE, { wishes: true, mishaps: true });
    t.same(world.violations, [], `seed ${seed}`);
    world.mend();
    const took = await world.settles(5 * MINUTE);
    t.not(took, 'never', `seed ${seed} comes to rest: ${world.open.join('; ')}`);
    t.same(world.violations, [], `seed ${seed}, as it came to rest`);
    takeovers += world.takeovers;
  }
  t.ok(takeovers > SEEDS.length, `${takeovers} takeovers`);
});

for (const sabotage of [
  { appliances: 'takes over without a permit' },
  { behind: 'forgotten' },
] as const) {
  const what = Object.values(sabotage).join();
  t.test(`that is noticed where it does not hold: ${what}`, async (t) => {
    const violations = new Set<string>();
    for (let seed = 1; seed <= 40 && violations.size === 0; seed += 1) {
      const world = new PairWorld({ seed, ...sabotage });
      await world.pass(5 * MINUTE, { wishes: true, mishaps: true });
      for (const violation of world.violations) violations.add(violation);
    }
    t.match([...violations][0], /is heard with .*, which was told to be gone/);
  });
}

for (const nth of [0, 1]) {
  for (const [how, strike] of HOW) {
    t.test(`changes go on with one appliance while the other ${how} (${nth})`, async (t) => {
      const world = new PairWorld({ seed: 7 });
      await world.pass(MINUTE, { wishes: true, mishaps: false });
      t.not(await world.settles(MINUTE), 'never');
      strike(world, nth);
      await world.pass(MINUTE, { wishes: true, mishaps: false });
      const took = await world.settles(2 * MINUTE);
      t.not(took, 'never', world.open.join('; '));
      t.same(world.violations, []);
      world.mend();
      await world.pass(MINUTE, { wishes: false, mishaps: false });
      t.same(world.behind, [], 'what came back has all that was missed');
      t.same(world.violations, []);
    });
  }
}
