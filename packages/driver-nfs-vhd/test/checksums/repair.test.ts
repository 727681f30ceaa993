import { readSums, repairDisk } from '@gdcloud/driver-nfs-vhd/checksums';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { diskBytes, type Filled, ScrubWorld, scrub, sumsOf } from '../support/scrub-world.js';

const NAME = `${uuid(1)}.vhd`;
const IMAGE = `/srv/share/${NAME}`;
const TRASH = '/srv/share/.gdcloud/trash';
const CONTENT: readonly Filled[] = [
  { at: 0, length: MIB, with: 'a' },
  { at: 2 * MIB, length: 2 * MIB, with: 'b' },
  { at: 6 * MIB + 4096, length: 8192, with: 'c' },
];

const SUMS = '/srv/share/.gdcloud/sum';
const sound = await diskBytes(1, CONTENT);
const elsewhere = await diskBytes(1, CONTENT.toReversed());
const sums = await sumsOf(sound);

/** A share with a summed image, and another share. */
function world(): ScrubWorld {
  const made = new ScrubWorld('/srv', '/srv/share', '/srv/other');
  made.put(IMAGE, sound);
  made.disk.makeFolder(SUMS);
  made.disk.syncFolder('/srv/share/.gdcloud');
  made.put(`${SUMS}/${uuid(1)}`, sums);
  return made;
}

/** Damages a block's data. */
function damage(made: ScrubWorld, block: number): void {
  const sector = made.bytes(IMAGE).readUInt32BE(1536 + block * 4);
  made.flip(IMAGE, sector * 512 + 512 + 5000, 6);
}

test('damaged blocks are repaired bit by bit from a copy on another share', async (t) => {
  const made = world();
  made.put(`/srv/other/${NAME}`, elsewhere);
  t.notOk(made.bytes(`/srv/other/${NAME}`).equals(sound), 'its blocks lie elsewhere');
  damage(made, 0);
  damage(made, 3);
  const hurt = made.bytes(IMAGE);
  const open = made.disk.open(IMAGE);
  const share = made.share('/srv/share');
  const others = [made.share('/srv/other')];
  const { findings } = await scrub(share, { damage: 'mend', others });
  t.match(findings, [
    { block: 0, repairedFrom: `/srv/other/${NAME}` },
    { block: 3, repairedFrom: `/srv/other/${NAME}` },
  ]);
  t.ok(made.bytes(IMAGE).equals(sound));
  const [trashed = ''] = made.disk.names(TRASH);
  t.match(trashed, new RegExp(`^${uuid(1)}\\.[0-9a-f]{20}$`));
  t.ok(made.bytes(`${TRASH}/${trashed}`).equals(hurt), 'the old file is kept as it was');
  const seen = Buffer.alloc(hurt.length);
  open.readAt(seen, 0);
  t.ok(seen.equals(hurt), 'and who has it open goes on');
  t.same((await scrub(share)).findings, []);
});

test('a snapshot or a flat copy that holds the same block serves too', async (t) => {
  const made = world();
  made.put(
    `/srv/share/${uuid(5)}.vhd`,
    await diskBytes(5, [{ at: 2 * MIB, length: 2 * MIB, with: 'b' }]),
  );
  damage(made, 1);
  const { findings } = await scrub(made.share('/srv/share'), { damage: 'mend' });
  t.match(findings, [{ block: 1, repairedFrom: `${uuid(5)}.vhd` }]);
  t.ok(made.bytes(IMAGE).equals(sound));
});

test('a damaged bitmap of a child is repaired from the file that the disk was before', async (t) => {
  const made = new ScrubWorld('/srv', '/srv/share');
  made.put(IMAGE, sound);
  const child = `/srv/share/${uuid(2)}.vhd`;
  const bytes = await diskBytes(2, [{ at: 4096, length: 4096, with: 'x' }], { parent: 1 });
  made.put(child, bytes);
  await scrub(made.share('/srv/share'));
  made.disk.makeFolder(TRASH);
  made.put(`${TRASH}/${uuid(2)}.1`, bytes);
  made.flip(child, bytes.readUInt32BE(1536) * 512 + 1, 2);
  await scrub(made.share('/srv/share'), { damage: 'mend' });
  t.ok(made.bytes(child).equals(bytes));
});

test('what no file holds stays damaged and is told, and nothing else is lost by it', async (t) => {
  const made = world();
  const share = made.share('/srv/share');
  damage(made, 0);
  const before = made.bytes(IMAGE);
  t.match((await scrub(share, { damage: 'mend' })).findings, [
    { block: 0, repairedFrom: undefined },
  ]);
  t.ok(made.bytes(IMAGE).equals(before));
  t.same(made.disk.names('/srv/share/.gdcloud/tmp'), []);

  // A copy that was damaged at another place holds one of two.
  damage(made, 1);
  made.put(`/srv/other/${NAME}`, sound);
  made.flip(`/srv/other/${NAME}`, sound.readUInt32BE(1536) * 512 + 600, 0);
  const request = { damage: 'mend', others: [made.share('/srv/other')] } as const;
  t.match((await scrub(share, request)).findings, [
    { block: 0, repairedFrom: undefined },
    { block: 1, repairedFrom: `/srv/other/${NAME}` },
  ]);
  t.match((await scrub(share)).findings, [{ block: 0 }]);
});

test('a repair that is given up leaves the file, and the reason is thrown', async (t) => {
  const made = world();
  damage(made, 0);
  made.put(`/srv/other/${NAME}`, sound);
  const stop = new AbortController();
  let blocks = 0;
  const parsed = await readSums(made.share('/srv/share'), uuid(1));
  if (parsed.kind !== 'sums') throw new Error('no sums are there');
  const step = repairDisk(made.share('/srv/share'), uuid(1), {
    sums: parsed.sums,
    mode: 0o444,
    others: [made.share('/srv/other')],
    signal: stop.signal,
    pace: async () => {
      blocks += 1;
      if (blocks === 7) stop.abort(new Error('enough'));
    },
  });
  await t.rejects(step, { message: 'enough' });
  t.same(made.disk.names('/srv/share/.gdcloud/tmp'), []);
  const request = { damage: 'mend', others: [made.share('/srv/other')] } as const;
  const small = await scrub(made.share('/srv/share'), { ...request, mostMendedBytes: MIB });
  t.match(small.findings, [{ block: 0, repairedFrom: undefined }], 'nor is one that is too big');
});
