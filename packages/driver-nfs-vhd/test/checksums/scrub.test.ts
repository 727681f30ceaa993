import {
  encodeSums,
  parseSums,
  readSums,
  scrubFindingInWords,
} from '@gdcloud/driver-nfs-vhd/checksums';
import fc from 'fast-check';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { diskBytes, ScrubWorld, scrub } from '../support/scrub-world.js';

const IMAGE = `/srv/share/${uuid(1)}.vhd`;
const SUMS = `/srv/share/.gdcloud/sum/${uuid(1)}`;
const CONTENT = [
  { at: 0, length: MIB, with: 'a' },
  { at: 2 * MIB, length: 2 * MIB, with: 'b' },
  { at: 6 * MIB + 4096, length: 8192, with: 'c' },
];

async function world(): Promise<ScrubWorld> {
  const made = new ScrubWorld('/srv', '/srv/share', '/srv/other');
  made.put(IMAGE, await diskBytes(1, CONTENT));
  made.put(
    `/srv/share/${uuid(2)}.vhd`,
    await diskBytes(2, [{ at: 0, length: 512, with: 'v' }], { parent: 1, visibility: 'visible' }),
  );
  return made;
}

/** A byte that some reader goes by: not of the gaps that align blocks. */
function isUsed(bytes: Buffer, position: number): boolean {
  const entries = bytes.readUInt32BE(512 + 28);
  const table = Number(bytes.readBigUInt64BE(512 + 16));
  const structureEnd = table + 512 + 512 + 512;
  if (position < structureEnd || position >= bytes.length - 512) return true;
  return Array.from({ length: entries }, (_, block) => bytes.readUInt32BE(table + block * 4)).some(
    (sector) => sector * 512 <= position && position < (sector + 1) * 512 + 2 * MIB,
  );
}

test('an image gets checksums, a disk that is written to none, and nothing is found in either', async (t) => {
  const made = await world();
  const { findings, steps } = await scrub(made.share('/srv/share'));
  t.same(findings, []);
  t.same(
    steps.flatMap(({ summed }) => summed),
    [`${uuid(1)}.vhd`],
  );
  const stored = await readSums(made.share('/srv/share'), uuid(1));
  t.match(stored, { kind: 'sums', sums: { coveredBlocks: 4, blocks: [0, 1, 3] } });
  t.same(made.disk.names('/srv/share/.gdcloud/sum'), [uuid(1)]);
  t.same((await scrub(made.share('/srv/share'))).findings, []);
});

test('a flipped bit is found wherever it is, and named', async (t) => {
  const made = await world();
  const share = made.share('/srv/share');
  await scrub(share);
  const sound = made.bytes(IMAGE);
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(7), async (position, bit) => {
      fc.pre(isUsed(sound, position));
      made.flip(IMAGE, position, bit);
      const { findings } = await scrub(share);
      made.flip(IMAGE, position, bit);
      return findings.some(({ file }) => file === `${uuid(1)}.vhd`);
    }),
    { numRuns: 150 },
  );
  // Structure is a small part of a file: chance alone would hardly ever go there.
  await fc.assert(
    fc.asyncProperty(fc.nat(3071), fc.nat(7), fc.boolean(), async (offset, bit, fromEnd) => {
      const position = fromEnd ? sound.length - 1 - (offset % 512) : offset;
      made.flip(IMAGE, position, bit);
      const { findings } = await scrub(share);
      made.flip(IMAGE, position, bit);
      return findings.some(({ file }) => file === `${uuid(1)}.vhd`);
    }),
    { numRuns: 150 },
  );
  t.same((await scrub(share)).findings, []);
});

test('a damaged block is told with its place and with what reads from it', async (t) => {
  const made = await world();
  const share = made.share('/srv/share');
  await scrub(share);
  const sector = made.bytes(IMAGE).readUInt32BE(1536 + 4);
  made.flip(IMAGE, sector * 512 + 512 + 1000, 3);
  const { findings } = await scrub(share);
  t.match(findings, [
    {
      kind: 'block',
      file: `${uuid(1)}.vhd`,
      block: 1,
      start: 2 * MIB,
      end: 4 * MIB,
      filePosition: sector * 512,
      what: 'changed',
      readers: [`${uuid(2)}.vhd`],
      repairedFrom: undefined,
    },
  ]);
  t.match(findings.map(scrubFindingInWords), [/block 1 .* changed.*; read by .*2\.vhd/]);
  t.equal((await scrub(share)).findings.length, 1, 'and is not forgotten');
});

test('a round goes on where a step ended, a few bytes and files at a time, and reads all of it once', async (t) => {
  const made = await world();
  for (const n of [3, 4, 5]) made.put(`/srv/share/${uuid(n)}.vhd`, await diskBytes(n, CONTENT));
  const share = made.share('/srv/share');
  const limits = { mostBytes: 1, mostFiles: 2 };
  const summing = await scrub(share, limits);
  t.same(summing.findings, []);
  t.ok(summing.steps.length >= 12, `${summing.steps.length} steps`);
  const waits: number[] = [];
  const verifying = await scrub(share, {
    ...limits,
    pace: async (bytes) => {
      waits.push(bytes);
    },
  });
  t.equal(waits.length, 12, 'three blocks of each of four');
  t.ok(verifying.steps.every(({ readBytes }) => readBytes <= 2 * MIB + 512));
  t.same(
    verifying.steps.flatMap(({ summed }) => summed),
    [],
  );
});

test('what is wrong with chains and structures is found too, without any checksums', async (t) => {
  const made = await world();
  const put = async (n: number, parent: number): Promise<void> =>
    made.put(
      `/srv/share/${uuid(n)}.vhd`,
      await diskBytes(n, [], { parent, visibility: 'visible' }),
    );
  await put(6, 99);
  await put(7, 8);
  await put(8, 7);
  made.put(`/srv/share/${uuid(9)}.vhd`, Buffer.alloc(0));
  made.put('/srv/share/noise.vhd', Buffer.alloc(5000, 'noise'));
  const { findings } = await scrub(made.share('/srv/share'));
  const codes = findings.map((one) => [one.file.slice(-6), 'code' in one ? one.code : one.kind]);
  t.same(codes, [
    ['06.vhd', 'ParentMissing'],
    ['07.vhd', 'ParentLoop'],
    ['08.vhd', 'ParentLoop'],
    ['09.vhd', 'FileTooShort'],
    ['se.vhd', 'NoFooter'],
  ]);
});

test('checksums of a file that another has replaced are made anew, and so are damaged ones, which is told', async (t) => {
  const made = await world();
  const share = made.share('/srv/share');
  made.put(`/srv/share/${uuid(3)}.vhd`, await diskBytes(3, CONTENT, { parent: 1 }));
  await scrub(share);
  // Joined with its parent: another file, of the same disk, that reads from no other.
  made.put(`/srv/share/${uuid(3)}.vhd`, await diskBytes(3, [{ at: 0, length: MIB, with: 'j' }]));
  const joined = await scrub(share);
  t.same(joined.findings, []);
  t.same(
    joined.steps.flatMap(({ summed }) => summed),
    [`${uuid(3)}.vhd`],
  );

  made.flip(SUMS, 75, 0);
  t.match((await scrub(share)).findings, [{ kind: 'sums', file: `${uuid(1)}.vhd` }]);
  t.same((await scrub(share)).findings, []);
});

test('hostile side files are told from sums, whatever they say', async (t) => {
  const made = await world();
  const share = made.share('/srv/share');
  await scrub(share);
  const sound = made.bytes(SUMS);
  const parsed = parseSums(sound);
  if (parsed.kind !== 'sums') throw new Error('they are not read back');
  t.ok(encodeSums(parsed.sums).equals(sound));
  const other = { ...parsed.sums, disk: { ...parsed.sums.disk, uuid: uuid(7) } };
  const huge = Buffer.from(sound);
  huge.writeUInt32BE(0xffff_ffff, 68);
  for (const bytes of [
    Buffer.alloc(0),
    sound.subarray(0, 71),
    sound.subarray(0, sound.length - 1),
    Buffer.concat([sound, Buffer.alloc(1)]),
    huge,
    encodeSums(other),
    encodeSums({ ...parsed.sums, coveredBlocks: 5 }),
    encodeSums({ ...parsed.sums, blocks: Uint32Array.of(1, 0, 3) }),
    encodeSums({ ...parsed.sums, blocks: Uint32Array.of(0, 1, 9) }),
    encodeSums({ ...parsed.sums, disk: { ...parsed.sums.disk, blockBytes: 3 } }),
    encodeSums({ ...parsed.sums, disk: { ...parsed.sums.disk, virtualBytes: 2 ** 50 } }),
  ]) {
    made.put(SUMS, bytes);
    t.match(await readSums(share, uuid(1)), { kind: 'damaged' });
  }
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.nat(7), (position, bit) => {
      const bytes = Buffer.from(sound);
      bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << bit), position);
      return parseSums(bytes).kind === 'damaged';
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => parseSums(bytes).kind === 'damaged'),
  );
});
