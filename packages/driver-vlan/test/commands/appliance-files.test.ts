import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCommandRunner } from '@gdcloud/driver-vlan/agent';
import { test } from 'tap';

const { files } = nodeCommandRunner(new Map());

test('a file that is removed takes along what a writer has left that died in the middle', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-files-'));
  t.teardown(() => files.remove(folder));
  const path = join(folder, 'tunnel.conf');
  await files.write(path, 'a secret');
  await writeFile(join(folder, '.tunnel.conf.tmp'), 'half of ano');
  await files.remove(path);
  t.same(await readdir(folder), []);
  await files.remove(path);
});

test('a file is written whole, whatever a writer has left that died in the middle', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-files-'));
  t.teardown(() => files.remove(folder));
  const path = join(folder, 'leases');
  await writeFile(join(folder, '.leases.tmp'), 'half of ano');
  await files.write(path, 'all of it');
  t.equal(await files.read(path), 'all of it');
  t.same(await files.list(folder), ['leases']);
});
