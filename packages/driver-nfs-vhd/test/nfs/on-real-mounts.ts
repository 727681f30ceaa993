// Usage: node on-real-mounts.js <empty folder> <kernel as JSON>      Run by nfs.test.ts, in namespaces of its own.

import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { contractOnMounts } from './contract-on-mounts.js';
import { OPERATIONS } from './operations.js';
import { RealMounts, VERSIONS } from './real-mounts.js';
import { Guest } from './rig/guest.js';
import { prepareNamespace } from './rig/nfs-server.js';
import { remoteFiles } from './rig/remote-files.js';
import { contentOf } from './share-content.js';
import {
  bothAtOnce,
  driverKilled,
  folderOf,
  killedBetweenCalls,
  raceToOneName,
  Storm,
  sharesOf,
} from './two-clients.js';

const [, , folder = '', kernel = ''] = process.argv;

test('on real mounts', { timeout: 165_000 }, async (t) => {
  const start = performance.now();
  const lap = (what: string): void =>
    t.comment(`${((performance.now() - start) / 1000).toFixed(1)} s: ${what}`);
  await prepareNamespace();
  const guest = new Guest(folder);
  const rig = new RealMounts(folder, guest);
  await rig.server.start();
  t.teardown(() => {
    guest.stop();
    // Servers in this namespace go with its first process.
    setImmediate(() => process.exit());
  });
  await guest.boot(JSON.parse(kernel));
  lap('the guest is up');
  await rig.mount();
  const [one, two] = await Promise.all([guest.start('files'), guest.start('files')]);
  const clients = { a: remoteFiles(one.wire), b: remoteFiles(two.wire) };
  lap('mounted, and processes run');

  for (const version of VERSIONS) {
    await t.test(`${version} keeps the contract of the file system`, async (t) =>
      contractOnMounts(t, rig, clients.a, version),
    );
    lap(`contract of ${version}`);
  }

  for (const share of sharesOf(rig, 'race')) {
    await t.test(`${share.version}: of two clients that publish one name, one wins`, (t) =>
      raceToOneName(t, share, clients),
    );
  }
  lap('races');

  const expected = await quietContent(clients.b);
  for (const share of sharesOf(rig, 'calls')) {
    await t.test(`${share.version}: a process killed between any calls`, async (t) => {
      for (let round = 0; round < 3; round += 1) {
        const calls = 1 + Math.floor(Math.random() * 120);
        const storm = new Storm(1000 * (round + 1), expected);
        await killedBetweenCalls(t, share, storm, clients.b, calls);
      }
    });
  }
  lap('killed between calls');

  const [a, b] = await Promise.all([guest.start('driver'), guest.start('driver')]);
  lap('drivers run in the guest');
  for (const share of sharesOf(rig, 'both')) {
    await t.test(`${share.version}: two drivers do the same at once`, (t) =>
      bothAtOnce(t, share, new Storm(1000, expected), { a, b }),
    );
  }
  lap('both at once');

  await t.test('a driver killed in the middle of everything', (t) =>
    driverKilled(
      t,
      sharesOf(rig, 'killed').map((share) => ({ share, storm: new Storm(1000, expected) })),
      a,
      clients.b,
      50 + Math.random() * 300,
    ),
  );
  lap('driver killed');

  /** What disks hold that nobody has disturbed. */
  async function quietContent(
    files: typeof clients.b,
  ): Promise<{ readonly image: string; readonly zeros: string }> {
    const [share] = sharesOf(rig, 'quiet');
    if (share === undefined) throw new Error('there is a share for each version');
    const driver = createNfsVhdDriver({ folder: folderOf(share, 'b') }, { files });
    const [image, volume] = OPERATIONS;
    await image?.work(driver, 1);
    await volume?.work(driver, 2);
    const at = `${rig.onServer()}/${share.name}`;
    return { image: await contentOf(at, uuid(1), []), zeros: await contentOf(at, uuid(2), []) };
  }
});
