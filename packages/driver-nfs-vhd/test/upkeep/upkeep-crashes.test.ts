import t, { test } from 'tap';
import { manualRandom } from '../support/manual-random.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';
import { converges, kept, ROUNDS, shareAfter } from './removed-snapshot.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const ENDS = ['the process dies', 'the power goes', 'the power goes, some writes survive'] as const;

for (const end of ENDS) {
  for (const [before, what] of ROUNDS) {
    test(`${end}: ${what}`, async (t) => {
      const hashes = await kept(await shareAfter(0));
      for (let calls = 0; ; calls += 1) {
        const world = await shareAfter(before);
        const stopped = stoppingAfter(world.files, calls);
        await world.round(world.driver(stopped.files)).catch(() => undefined);
        if (end === 'the power goes') world.disk.powerLoss();
        if (end === 'the power goes, some writes survive')
          world.disk.powerLoss(manualRandom(calls + 1));
        if ((await kept(world)).join() !== hashes.join()) t.fail(`another content after ${calls}`);
        await converges(t, world, hashes, `after ${calls} calls`);
        if (!stopped.stopped()) {
          t.ok(calls > 20, `${calls} places`);
          return;
        }
      }
    });
  }
}
