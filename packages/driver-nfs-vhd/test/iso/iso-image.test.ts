import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { test } from 'tap';
import { isoImage } from '../../dist/iso/iso-image.js';
import { skipWithout, skipWithoutMount, tool } from '../support/tools.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

const SEED = {
  label: 'cidata',
  files: [
    { name: 'user-data', bytes: bytes('#cloud-config\n'.repeat(300)) },
    { name: 'meta-data', bytes: bytes('instance-id: 1\n') },
    { name: 'network-config', bytes: bytes('') },
  ],
};

test('7-Zip reads the files by their long names', { skip: await skipWithout('7zz') }, async (t) => {
  const folder = t.testdir({});
  await writeFile(`${folder}/a.iso`, isoImage(SEED));
  const listed = (await tool('7zz', 'l', '-slt', `${folder}/a.iso`)).toString();
  t.match(listed, /Type = Iso/);
  t.notMatch(listed, /Warnings|Errors/i);
  await tool('7zz', 'x', `-o${folder}/out`, `${folder}/a.iso`);
  t.same((await readdir(`${folder}/out`)).sort(), ['meta-data', 'network-config', 'user-data']);
  for (const file of SEED.files)
    t.ok((await readFile(`${folder}/out/${file.name}`)).equals(file.bytes), file.name);
});

test('isoinfo reads label and both trees', { skip: await skipWithout('isoinfo') }, async (t) => {
  const path = `${t.testdir({})}/a.iso`;
  await writeFile(path, isoImage(SEED));
  const about = (await tool('isoinfo', '-d', '-i', path)).toString();
  t.match(about, /Volume id: cidata/);
  t.match(about, /Joliet with UCS level 3 found/);
  t.match((await tool('isoinfo', '-J', '-f', '-i', path)).toString(), /\/meta-data\n/);
  t.match((await tool('isoinfo', '-f', '-i', path)).toString(), /\/META_DAT\.;1\n/);
  const content = await tool('isoinfo', '-J', '-x', '/user-data', '-i', path);
  t.ok(content.equals(Buffer.from(SEED.files[0]?.bytes ?? '')));
});

test('blkid finds the label that cloud-init looks for', {
  skip: await skipWithout('blkid'),
}, async (t) => {
  const path = `${t.testdir({})}/a.iso`;
  await writeFile(path, isoImage(SEED));
  const found = (await tool('blkid', '-p', '-o', 'export', path)).toString();
  t.match(found, /^LABEL=cidata$/m);
  t.match(found, /^TYPE=iso9660$/m);
});

test('Linux mounts it', { skip: skipWithoutMount() || (await loopless()) }, async (t) => {
  const folder = t.testdir({});
  await writeFile(`${folder}/a.iso`, isoImage(SEED));
  await mkdir(`${folder}/mnt`);
  const script = `mount -o loop,ro ${folder}/a.iso ${folder}/mnt && cd ${folder}/mnt && cat meta-data user-data`;
  const read = await tool('unshare', '--mount', 'sh', '-c', script);
  t.equal(read.toString(), `instance-id: 1\n${'#cloud-config\n'.repeat(300)}`);
});

test('any files come back as they were', { skip: await skipWithout('7zz') }, async (t) => {
  const folder = t.testdir({});
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,30}[a-z0-9]$/);
  const files = fc.uniqueArray(fc.record({ name, bytes: fc.uint8Array({ maxLength: 5_000 }) }), {
    selector: (file) => file.name,
    maxLength: 60,
  });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(files, async (given) => {
      runs += 1;
      await writeFile(`${folder}/${runs}.iso`, isoImage({ label: 'cidata', files: given }));
      await tool('7zz', 'x', `-o${folder}/${runs}`, `${folder}/${runs}.iso`);
      const found = given.length === 0 ? [] : await readdir(`${folder}/${runs}`);
      t.strictSame(found.sort(), given.map((file) => file.name).sort());
      for (const file of given)
        t.ok((await readFile(`${folder}/${runs}/${file.name}`)).equals(file.bytes));
    }),
    { numRuns: 15 },
  );
});

test('the order of files changes nothing, nor does time', (t) => {
  const again = isoImage({ ...SEED, files: SEED.files.toReversed() });
  t.ok(Buffer.from(isoImage(SEED)).equals(again));
  t.end();
});

test('names and labels that readers would not agree on are refused', (t) => {
  for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(65), '.hidden', 'a\0b']) {
    t.throws(() => isoImage({ label: 'cidata', files: [{ name, bytes: bytes('') }] }), name);
  }
  for (const label of ['', 'x'.repeat(17), 'a b'])
    t.throws(() => isoImage({ label, files: [] }), label);
  const twice = { name: 'a', bytes: bytes('') };
  t.throws(() => isoImage({ label: 'cidata', files: [twice, twice] }));
  t.end();
});

async function loopless(): Promise<string | false> {
  if (!/\tiso9660$/m.test(await readFile('/proc/filesystems', 'utf8')))
    return 'this kernel does not know ISO 9660';
  try {
    await tool('losetup', '-f');
    return false;
  } catch {
    return 'there is no loop device';
  }
}
