import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimMachine } from '@gdcloud/driver-vlan/agent';
import t from 'tap';

t.test('the networks of a machine are of one cloud', async (t) => {
  const folder = join(await mkdtemp(join(tmpdir(), 'gdcloud-owner-')), 'run');
  t.teardown(() => rm(folder, { recursive: true, force: true }));

  await t.test('of two that come at once, one has it', async (t) => {
    const claims = await Promise.allSettled([
      claimMachine('/var/lib/one', folder),
      claimMachine('/var/lib/other', folder),
    ]);
    t.same(claims.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    t.same(await readdir(folder), ['owner'], 'and nothing else is left');
  });

  await t.test('it has it again after a restart; another is told whose it is', async (t) => {
    const owner = (await readFile(join(folder, 'owner'), 'utf8')).trim();
    await claimMachine(owner, folder);
    await t.rejects(claimMachine('/srv/third', folder), {
      name: 'DriverFailure',
      outcome: 'unavailable',
      code: 'MachineTaken',
      message: `the networks of this machine are those of the cloud whose records are in ${owner}, not in /srv/third`,
      remedy: new RegExp(`take ${join(folder, 'owner')} away`),
    });
  });

  await t.test(
    'it is free again with the machine’s power, or when an operator says so',
    async () => {
      await rm(join(folder, 'owner'));
      await claimMachine('/srv/third', folder);
    },
  );
});
