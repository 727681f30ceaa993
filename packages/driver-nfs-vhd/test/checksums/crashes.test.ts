import { readSums } from '@gdcloud/driver-nfs-vhd/checksums';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { manualRandom } from '../support/manual-random.js';
import { diskBytes, ScrubWorld, scrub, sumsOf } from '../support/scrub-world.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const NAME = `${uuid(1)}.vhd`;
const IMAGE = `/srv/share/${NAME}`;
const SUMS = '/srv/share/.gdcloud/sum';
const TRASH = '/srv/share/.gdcloud/trash';
const sound = await diskBytes(1, [{ at: 0, length: 4096, with: 'a' }]);
const twoBlocks = await diskBytes(1, [
  { at: 0, length: 4096, with: 'a' },
  { at: 6 * MIB, length: 4096, with: 'c' },
]);
const sums = await sumsOf(sound);

/** A share with a summed image, one bit of which has turned around, and a copy on another share. */
function damagedWorld(): ScrubWorld {
  const made = new ScrubWorld('/srv', '/srv/share', '/srv/other');
  made.put(IMAGE, sound);
  made.disk.makeFolder(SUMS);
  made.disk.syncFolder('/srv/share/.gdcloud');
  made.put(`${SUMS}/${uuid(1)}`, sums);
  made.put(`/srv/other/${NAME}`, sound);
  made.flip(IMAGE, sound.readUInt32BE(1536) * 512 + 512 + 1000, 6);
  return made;
}

const ENDS = ['the process dies', 'the power goes', 'the power goes, some names survive'] as const;

for (const end of ENDS) {
  const stopped = ({ disk }: ScrubWorld, seed: number): void => {
    if (end === 'the power goes') disk.powerLoss();
    if (end === 'the power goes, some names survive') disk.powerLoss(manualRandom(seed));
  };

  test(`${end} while checksums are written: none, old or new ones, never half of them`, async (t) => {
    for (let calls = 0; ; calls += 1) {
      const made = new ScrubWorld('/srv', '/srv/share');
      made.put(IMAGE, twoBlocks);
      // Two steps, so that the second one replaces what the first one wrote.
      const limits = { mostBytes: 2 * MIB };
      const process = stoppingAfter(made.files, calls);
      await scrub(made.share('/srv/share', process.files), limits).catch(() => undefined);
      stopped(made, calls);
      const share = made.share('/srv/share');
      t.match((await readSums(share, uuid(1))).kind, /^(absent|sums)$/, `after ${calls} calls`);
      const { findings } = await scrub(share, limits);
      t.same(findings, [], `after ${calls} calls`);
      made.disk.powerLoss();
      t.match(await readSums(share, uuid(1)), { sums: { coveredBlocks: 4, blocks: [0, 3] } });
      if (process.stopped()) continue;
      t.ok(calls > 30, `${calls} places`);
      return;
    }
  });

  test(`${end} in a repair: the old file or the new one, and the next try ends it`, async (t) => {
    for (let calls = 0; ; calls += 1) {
      const made = damagedWorld();
      const hurt = made.bytes(IMAGE);
      const process = stoppingAfter(made.files, calls);
      const request = { damage: 'mend', others: [made.share('/srv/other')] } as const;
      await scrub(made.share('/srv/share', process.files), request).catch(() => undefined);
      stopped(made, calls);
      const now = made.bytes(IMAGE);
      if (!now.equals(hurt) && !now.equals(sound)) t.fail(`half a file after ${calls} calls`);
      await scrub(made.share('/srv/share'), request);
      made.disk.powerLoss();
      if (!made.bytes(IMAGE).equals(sound)) t.fail(`not repaired after ${calls} calls`);
      const trash = made.disk.names(TRASH);
      if (!trash.every((name) => made.bytes(`${TRASH}/${name}`).equals(hurt)))
        t.fail(`the trash after ${calls} calls`);
      if (process.stopped()) continue;
      t.ok(calls > 60, `${calls} places`);
      return;
    }
  });
}
