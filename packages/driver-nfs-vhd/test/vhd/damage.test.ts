import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import {
  checkVhd,
  newDifferencingVhd,
  newDynamicVhd,
  newFixedVhd,
  type Overwritten,
  openChain,
  openVhd,
  openVhdForWriting,
  parseFooter,
  repairVhd,
  type VhdDescription,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { type Test, test } from 'tap';
import type { Damage, Places } from '../support/damages/damage.js';
import { DAMAGES } from '../support/damages/index.js';
import { MIB, uuid } from '../support/fixtures.js';
import { MemoryVhdFile } from '../support/memory-vhd-file.js';
import { skipWithout, tool } from '../support/tools.js';

const NOW = Date.UTC(2050, 0, 1);
const DESCRIPTION: VhdDescription = {
  uuid: uuid(1),
  virtualBytes: 8 * MIB,
  createdMs: Date.UTC(2026, 0, 1),
  visibility: 'visible',
};

/** A sound file, and which damages can be made to it. */
interface Sample {
  readonly name: string;
  readonly takes: readonly Damage['of'][];
  readonly bytes: Buffer;
}

async function ours(type: 'dynamic' | 'differencing'): Promise<Buffer> {
  const file = new MemoryVhdFile();
  const parent = { uuid: uuid(9), fileName: 'p.vhd', modifiedMs: NOW };
  const vhd =
    type === 'dynamic' ? newDynamicVhd(DESCRIPTION) : newDifferencingVhd(DESCRIPTION, parent);
  await writeNewVhd(file, vhd);
  const writer = await openVhdForWriting(file);
  await writer.write(Buffer.alloc(9 * 512, 'data'), 2 * MIB);
  await writer.write(Buffer.alloc(8 * 512, 'more'), 6 * MIB);
  await writer.flush();
  return file.bytes();
}

async function fixed(): Promise<Buffer> {
  const file = MemoryVhdFile.of(Buffer.alloc(8 * MIB, 'fixed'));
  await writeNewVhd(file, newFixedVhd(DESCRIPTION));
  return file.bytes();
}

/** As vhd-util lays a disk out: version 1.2, a full batmap, bits only where data are, locators behind the batmap. */
async function asVhdUtil(): Promise<Buffer> {
  const bytes = await ours('differencing');
  const { vhdChecksum } = await import('@gdcloud/driver-nfs-vhd/vhd');
  for (const at of [0, bytes.length - 512]) {
    bytes.writeUInt32BE(0x0001_0002, at + 32);
    bytes.writeUInt32BE(vhdChecksum(bytes.subarray(at, at + 512), 64), at + 64);
  }
  return bytes;
}

async function byQemu(folder: string): Promise<Buffer> {
  const raw = Buffer.alloc(8 * MIB);
  raw.fill('qemu', 2 * MIB, 2 * MIB + 9000);
  raw.fill('qemu', 6 * MIB, 6 * MIB + 9000);
  await writeFile(`${folder}/a.raw`, raw);
  const options = ['-o', 'force_size=on'];
  await tool('qemu-img', 'convert', '-O', 'vpc', ...options, `${folder}/a.raw`, `${folder}/a.vhd`);
  return readFile(`${folder}/a.vhd`);
}

function placesOf(bytes: Buffer): Places {
  const table = 1536;
  const last = bytes.length - 512;
  if (parseFooter(bytes.subarray(last)).type === 'fixed')
    return { table: 0, batmap: 0, last, blocks: [] };
  const entries = bytes.readUInt32BE(512 + 28);
  const blocks = Array.from({ length: entries }, (_, block) => block)
    .map((block) => [block, bytes.readUInt32BE(table + block * 4) * 512] as const)
    .filter(([, at]) => at !== 0xffff_ffff * 512);
  return { table, batmap: table + 512 * Math.ceil((entries * 4) / 512), last, blocks };
}

/** What the disk itself reads, parents as zeros; the error's code where it can't be read. */
async function contents(bytes: Buffer): Promise<string> {
  try {
    const file = MemoryVhdFile.of(bytes);
    const resolve = async () => ({ file: await parentFile() });
    const vhd = await openVhd(file);
    const chain = await openChain(file, { resolve });
    const disk = Buffer.alloc(vhd.virtualBytes);
    await chain.read(disk, 0);
    return createHash('sha256').update(disk).digest('hex');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return String(thrown.code);
    throw thrown;
  }
}

async function parentFile(): Promise<MemoryVhdFile> {
  const file = new MemoryVhdFile();
  await writeNewVhd(file, newDynamicVhd({ ...DESCRIPTION, uuid: uuid(9) }));
  return file;
}

async function samples(folder: string): Promise<readonly Sample[]> {
  const made: Sample[] = [
    { name: 'ours', takes: ['sparse', 'tap'], bytes: await ours('dynamic') },
    { name: 'our child', takes: ['child', 'tap'], bytes: await ours('differencing') },
    { name: 'as vhd-util', takes: ['child', 'tap'], bytes: await asVhdUtil() },
    { name: 'fixed', takes: ['fixed'], bytes: await fixed() },
  ];
  if ((await skipWithout('qemu-img')) !== false) return made;
  return [...made, { name: 'qemu-img', takes: ['sparse'], bytes: await byQemu(folder) }];
}

test('each kind of damage has its verdict, and no repair makes it worse', async (t) => {
  for (const sample of await samples(t.testdir())) {
    const sound = new Set(await codesOf(sample.bytes));
    const wanted = DAMAGES.filter(({ of }) => sample.takes.includes(of));
    await t.test(sample.name, async (s) => {
      for (const damage of wanted) await verify(s, sample, damage, sound);
    });
  }
  t.ok(DAMAGES.length >= 40, `${DAMAGES.length} kinds`);
});

async function codesOf(bytes: Buffer): Promise<readonly string[]> {
  const report = await checkVhd(MemoryVhdFile.of(bytes), { nowMs: NOW, depth: 'data' });
  return [...new Set(report.findings.map(({ code }) => code))];
}

async function verify(
  t: Pick<Test, 'same' | 'ok' | 'equal'>,
  sample: Sample,
  damage: Damage,
  sound: ReadonlySet<string>,
): Promise<void> {
  const copy = Buffer.from(sample.bytes);
  const damaged = Buffer.from(damage.make(copy, placesOf(copy)) ?? copy);
  const found = (await codesOf(damaged)).filter((code) => !sound.has(code));
  // Where one damage may show in several ways, one of them has to.
  const expected = new Set<string>(damage.finds);
  const missing = [...expected].filter((code) => !found.includes(code) && !sound.has(code));
  t.same(missing.slice(0, damage.finds.length > 1 ? 0 : 1), [], `${damage.name}: found`);
  t.ok(
    found.some((code) => expected.has(code)),
    `${damage.name}: ${found.join()} has one of ${damage.finds.join()}`,
  );
  t.same(
    found.filter((code) => !expected.has(code)),
    [],
    `${damage.name}: nothing else`,
  );

  const before = await contents(damaged);
  const file = MemoryVhdFile.of(damaged);
  const kept: Overwritten[] = [];
  const repair = await repairVhd(file, {
    nowMs: NOW,
    depth: 'data',
    keep: async (overwritten) => void kept.push(overwritten),
  });
  const after = repair.after.findings.map(({ code }) => code);
  t.same(
    after.filter((code) => !repair.before.findings.some((finding) => finding.code === code)),
    [],
    `${damage.name}: nothing new after repair`,
  );
  const whole = after.every((code) => sound.has(code));
  t.equal(whole ? 'whole' : 'left', damage.repaired, `${damage.name}: repaired`);
  if (damage.repaired === 'left') t.ok(repair.refused.length > 0, `${damage.name}: says why not`);
  const now = await contents(file.bytes());
  if (/^[0-9a-f]{64}$/.test(before) && !expected.has('FooterSizesDiffer'))
    t.equal(now, before, `${damage.name}: same contents`);
  if (whole) t.equal(now, await contents(sample.bytes), `${damage.name}: the old contents`);

  const undone = file.bytes();
  for (const { before: bytes, position } of kept.toReversed()) undone.set(bytes, position);
  t.ok(undone.subarray(0, damaged.length).equals(damaged), `${damage.name}: can be undone`);
}
