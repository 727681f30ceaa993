import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { openChain, openVhdFile, parentsInFolder } from '@gdcloud/driver-nfs-vhd/vhd';
import { type Test, test } from 'tap';
import { BESIDE, childSaying, parentBytes, SAYINGS } from '../support/child-saying.js';

async function placeWithParent(t: Test): Promise<string> {
  const folder = `${t.testdir({ disks: BESIDE.files })}/disks`;
  for (const path of [`${folder}/p.vhd`, `${folder}/../secret.vhd`])
    await writeFile(path, parentBytes());
  for (const [name, target] of Object.entries(BESIDE.links))
    await symlink(target, `${folder}/${name}`);
  await mkdir(`${folder}/${BESIDE.folder}`);
  execFileSync('mkfifo', [`${folder}/${BESIDE.pipe}`]);
  return folder;
}

/** How files of the operating system are refused. */
const REFUSED: Readonly<Record<string, string>> = { link: 'ELOOP', noFile: 'NotAVhd' };

test('whatever a child says of its parent, it is looked for beside it alone', async (t) => {
  const folder = await placeWithParent(t);
  for (const [what, says, becomes] of SAYINGS) {
    await writeFile(`${folder}/child.vhd`, childSaying(2, says));
    t.equal(await opened(folder), REFUSED[becomes] ?? becomes, what);
  }
});

async function opened(folder: string): Promise<string> {
  const file = await openVhdFile(`${folder}/child.vhd`, 'read');
  try {
    const chain = await openChain(file, { resolve: parentsInFolder(folder) });
    await chain.close();
    return 'found';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  } finally {
    await file.close();
  }
}
