import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  open,
  readdir,
  readFile,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { childSaying, parentBytes } from './support/child-saying.js';
import { uuid } from './support/fixtures.js';

const MAIN = fileURLToPath(new URL('../dist/command/main.js', import.meta.url));

interface Ending {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

function vhd(...words: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...words], (_error, out, err) => {
      resolve({ exit: child.exitCode ?? -1, out, err });
    });
  });
}

test('a disk is made, copied thin, listed, checked, repaired and merged', async (t) => {
  const folder = t.testdir();
  const [base, leaf] = [`${folder}/base.vhd`, `${folder}/leaf.vhd`];
  t.match(await vhd('create', base, '--size', '40G', '--hidden'), { exit: 0, out: /40 GiB/ });
  t.match(await vhd('create', leaf, '--parent', base), { exit: 0, out: /differencing/ });
  const listed = await vhd('chain', leaf, '--json');
  t.match(JSON.parse(listed.out), {
    virtualBytes: 40 * 2 ** 30,
    files: [{ type: 'differencing' }, { type: 'dynamic', visibility: 'hidden' }],
  });
  t.match(await vhd('check', leaf, base, '--chain'), { exit: 0, out: /sound/ });

  const file = await open(leaf, 'r+');
  await file.write('noise', 100);
  await file.close();
  t.match(await vhd('check', leaf), { exit: 1, out: /FirstFooterDamaged at byte 0/ });
  t.match(await vhd('repair', leaf, '--dry-run'), { exit: 1, out: /would write 512 bytes at 0/ });
  t.match(await vhd('repair', leaf), { exit: 0, out: /repaired FirstFooterDamaged/ });
  t.match(await vhd('check', leaf), { exit: 0 });
  t.match(await vhd('coalesce', leaf), { exit: 0, out: /now reads as/ });
});

test('a raw disk goes there and back', async (t) => {
  const folder = t.testdir();
  await writeFile(`${folder}/a.raw`, Buffer.alloc(3_000_320, 'raw'));
  t.match(await vhd('convert', `${folder}/a.raw`, `${folder}/a.vhd`), { exit: 0 });
  const back = await vhd('convert', `${folder}/a.vhd`, `${folder}/b.raw`, '--json');
  t.match(JSON.parse(back.out), { fileBytes: 4 * 2 ** 20 });
});

test('each failure has its exit code and leaves nothing behind', async (t) => {
  const folder = t.testdir();
  await writeFile(`${folder}/a.vhd`, 'no disk at all'.repeat(100));
  t.match(await vhd('--help'), { exit: 0, out: /Usage:/ });
  t.match(await vhd('bogus'), { exit: 2, err: /no command "bogus"/ });
  t.match(await vhd('create', `${folder}/b.vhd`), { exit: 2, err: /how big/ });
  t.match(await vhd('create', `${folder}/b.vhd`, '--size', '3M'), { exit: 3, err: /InvalidSize/ });
  t.match(await vhd('create', `${folder}/a.vhd`, '--size', '2M'), { exit: 4, err: /EEXIST/ });
  t.match(await vhd('info', `${folder}/none.vhd`), { exit: 4, err: /ENOENT/ });
  t.match(await vhd('info', `${folder}/a.vhd`), { exit: 3, err: /NotAVhd/ });
  t.match(await vhd('check', `${folder}/a.vhd`), { exit: 1, out: /NoFooter/ });
  const sizes = [0, 1, 511, 512, 2040 * 2 ** 30 + 1, 2 ** 41];
  const zeros = sizes.map((bytes) => `${folder}/${bytes}`);
  for (const [index, path] of zeros.entries()) {
    await writeFile(path, '');
    await truncate(path, sizes[index]);
  }
  const checked = await vhd('check', ...zeros, '--chain', '--depth', 'data', '--json');
  t.same(
    JSON.parse(checked.out).files.map((file: Checked) => file.findings.map(({ code }) => code)),
    [['FileTooShort'], ['FileTooShort'], ['NoFooter'], ['NoFooter'], ['NoFooter'], ['NoFooter']],
  );
  t.match(await vhd('chain', `${folder}/${2 ** 41}`), { exit: 3, err: /NotAVhd/ });
  t.match(await vhd('coalesce', `${folder}/0`), { exit: 3, err: /Truncated/ });
  for (const path of zeros) await unlink(path);
  const failed = await vhd('convert', `${folder}/a.vhd`, `${folder}/c.raw`, '--json');
  t.match(JSON.parse(failed.out), { error: { code: 'NotAVhd', exit: 3 } });
  t.same(await readdir(folder), ['a.vhd']);
});

test('a share is summed and verified, and a block that rots is found and repaired from another', async (t) => {
  const folder = t.testdir({ other: {} });
  const uuid = '0190a000-0000-7000-8000-000000000001';
  const image = `${folder}/${uuid}.vhd`;
  await writeFile(`${folder}/a.raw`, Buffer.alloc(3_000_320, 'raw'));
  t.match(await vhd('convert', `${folder}/a.raw`, image, '--uuid', uuid, '--hidden'), { exit: 0 });
  await copyFile(image, `${folder}/other/${uuid}.vhd`);
  t.match(await vhd('verify', folder), { exit: 0, out: /1 files, 0 bytes of data, 0 findings/ });
  t.match(await vhd('sum', folder), { exit: 0, out: /checksums made/ });
  t.match(await vhd('verify', image), { exit: 0, out: /1 files, 4 MiB of data, 0 findings/ });

  const sound = await readFile(image);
  await chmod(image, 0o644);
  const file = await open(image, 'r+');
  await file.write('rot', 1_000_000);
  await file.close();
  const found = await vhd('verify', folder, '--json');
  t.equal(found.exit, 1);
  t.match(JSON.parse(found.out), { findings: [{ kind: 'block', block: 0, what: 'changed' }] });
  t.match(await vhd('verify', image, '--repair'), { exit: 1, out: /block 0/ });
  t.match(await vhd('verify', folder, '--repair', '--copies', `${folder}/other`), {
    exit: 0,
    out: /repaired from .*other/,
  });
  t.ok((await readFile(image)).equals(sound));
  t.match(await vhd('verify', folder), { exit: 0 });
  t.match(await vhd('verify', `${folder}/none`), { exit: 4, err: /ENOENT/ });
});

test('what a disk says of its parent leads to no file elsewhere, and to no control of the terminal', async (t) => {
  const folder = `${t.testdir({ disks: {} })}/disks`;
  await writeFile(`${folder}/../secret.vhd`, parentBytes());
  await symlink('../secret.vhd', `${folder}/out.vhd`);
  const children = {
    'self.vhd': childSaying(2, { name: 'self.vhd', uuid: uuid(2) }),
    'up.vhd': childSaying(3, { name: '..' }),
    'link.vhd': childSaying(4, { name: 'out.vhd' }),
    'away.vhd': childSaying(5, { name: '../secret.vhd' }),
    'red.vhd': childSaying(6, { name: '\u001b[31mred' }),
  };
  for (const [name, bytes] of Object.entries(children)) await writeFile(`${folder}/${name}`, bytes);
  const paths = Object.keys(children).map((name) => `${folder}/${name}`);
  const checked = await vhd('check', ...paths, '--chain', '--json');
  const codes = JSON.parse(checked.out).files.map((file: ChainTold) => file.chain?.code);
  t.same(codes, ['ParentLoop', 'ParentMissing', 'ELOOP', 'ParentMissing', 'ParentMissing']);
  t.match(await vhd('chain', `${folder}/red.vhd`), { exit: 3, err: /^[\x20-\x7e\n]+$/ });
  t.match(await vhd('coalesce', `${folder}/self.vhd`), { exit: 3, err: /ParentLoop/ });
  t.match(await vhd('coalesce', `${folder}/up.vhd`), { exit: 3, err: /ParentMissing/ });
  t.match(await vhd('coalesce', `${folder}/link.vhd`), { exit: 4, err: /ELOOP/ });
  t.match(await vhd('coalesce', `${folder}/away.vhd`), { exit: 4, err: /ENOENT/ });
  t.ok((await readFile(`${folder}/../secret.vhd`)).equals(parentBytes()));
});

interface Checked {
  readonly findings: readonly { readonly code: string }[];
}

interface ChainTold {
  readonly chain?: { readonly code: string };
}
