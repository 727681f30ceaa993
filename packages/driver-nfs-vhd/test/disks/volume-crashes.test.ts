import t, { test } from 'tap';
import { manualRandom } from '../support/manual-random.js';
import { DEEDS, VolumeWorld } from '../support/volume-world.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

/** What goes along with a process that dies. */
const ENDS = ['nothing else', 'all that was not synced', 'some of what was not synced'] as const;

// A busy machine takes its time.
t.setTimeout(600_000);

let points = 0;
const beginning = VolumeWorld.make();

for (const [what, deed] of Object.entries(DEEDS)) {
  test(`a process dies in ${what}, at every call: the next one finishes it`, async (t) => {
    const undisturbed = (await beginning).copy();
    const before = await undisturbed.contents();
    await deed(undisturbed.holder(undisturbed.files, '5'));
    const after = await undisturbed.contents();
    let struck = 0;
    for (const end of ENDS) {
      for (let calls = 0; ; calls += 1) {
        const world = (await beginning).copy();
        const { disk } = world.files;
        const stopped = stoppingAfter(world.files, calls);
        await deed(world.holder(stopped.files, '5')).catch(() => undefined);
        if (end === 'all that was not synced') disk.powerLoss();
        if (end === 'some of what was not synced') disk.powerLoss(manualRandom(calls));
        await deed(world.holder(world.files, '6'));
        // What was acknowledged stays, whatever happens then.
        disk.powerLoss();
        await deed(world.holder(world.files, '7'));
        const where = `after ${calls} calls, with ${end}`;
        const found = await world.contents();
        if (JSON.stringify(sorted(found)) !== JSON.stringify(sorted(after))) {
          t.same(sorted(found), sorted(after), where);
          return;
        }
        if (!stopped.stopped()) break;
        struck += 1;
      }
    }
    points += struck;
    t.not(sorted(before), sorted(after), 'there was something to do');
    t.ok(struck > 20 * ENDS.length, `${struck} points`);
  });
}

test('all points were struck', (t) => {
  t.comment(`${points} crash points`);
  t.end();
});

function sorted(contents: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(contents).toSorted(([left], [right]) => (left < right ? -1 : 1));
}
