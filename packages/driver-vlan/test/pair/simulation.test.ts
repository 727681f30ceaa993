import t from 'tap';
import { PairWorld, type WorldOptions } from './simulation/pair-world.js';

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

/** The one that stands by lacks what is removed, which is told all the same; then the active one is lost. */
const MISSED: readonly (readonly [how: string, strike: (world: PairWorld) => void])[] = [
  [
    'is cut off from all kernels',
    (world) => world.cutOff(world.appliances.indexOf(world.roles.other)),
  ],
  [
    'answers, and can’t carry anything',
    (world) => {
      world.roles.other.follows = false;
    },
  ],
];

async function missed(strike: (world: PairWorld) => void, options: Omit<WorldOptions, 'seed'>) {
  const world = new PairWorld({ seed: 5, ...options });
  await world.pass(MINUTE, { wishes: true, mishaps: false });
  const rested = [await world.settles(MINUTE)];
  const { active } = world.roles;
  strike(world);
  world.removeForwards();
  rested.push(await world.settles(2 * MINUTE));
  active.losePower();
  await world.pass(MINUTE, { wishes: false, mishaps: false });
  return { rested, violations: world.violations };
}

for (const [how, strike] of MISSED) {
  t.test(`one that ${how} does not take over with what it has missed`, async (t) => {
    const { rested, violations } = await missed(strike, {});
    t.notOk(rested.includes('never'), 'removals were told');
    t.same(violations, []);
  });
}

t.test('the simulation notices who takes over without a permit', async (t) => {
  for (const [, strike] of MISSED) {
    const { violations } = await missed(strike, { appliances: 'takes over without a permit' });
    t.match(violations[0], /is heard with .*, which was told to be gone/);
  }
});

t.test('the simulation notices kernels that forget who is behind', async (t) => {
  const [, unable] = MISSED;
  if (unable === undefined) throw new Error('there are two');
  const { violations } = await missed(unable[1], { behind: 'forgotten' });
  t.match(violations[0], /is heard with .*, which was told to be gone/);
});

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
