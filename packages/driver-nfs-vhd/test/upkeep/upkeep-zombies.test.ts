import t, { test } from 'tap';
import { pausingAt } from '../support/wrapped-file-system.js';
import { converges, kept, ROUNDS, shareAfter } from './removed-snapshot.js';

// A busy machine takes its time.
t.setTimeout(600_000);

test('a process that was paused anywhere, and goes on after another has done it all, hurts nothing', async (t) => {
  let points = 0;
  const hashes = await kept(await shareAfter(0));
  for (const [before] of ROUNDS) {
    for (let calls = 0; ; calls += 1) {
      const world = await shareAfter(before);
      const paused = pausingAt(world.files, calls);
      const zombie = world.round(world.driver(paused.files)).catch(() => undefined);
      // A round that needs fewer calls is over before it is paused.
      await Promise.race([paused.reached, zombie]);
      await world.rounds(9);
      paused.goOn();
      await zombie;
      if ((await kept(world)).join() !== hashes.join())
        t.fail(`another content: paused at ${calls} of round ${before}`);
      await converges(t, world, hashes, `paused at ${calls} of round ${before}`);
      points += 1;
      if (!paused.wasReached()) break;
    }
  }
  t.ok(points > 300, `${points} places in all`);
});
