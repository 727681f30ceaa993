import { setTimeout as sleep } from 'node:timers/promises';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';
// Not public: how what a share throws becomes what the driver throws.
import { fileFailure } from '../../dist/files/file-failure.js';
import { call, GIB, keyOf, MIB } from '../support/fixtures.js';
import { type RealMounts, VERSIONS, type Version } from './real-mounts.js';
import type { GuestProcess } from './rig/guest.js';
import { remoteDriver } from './rig/remote-driver.js';
import { remoteFiles } from './rig/remote-files.js';
import type { SharedByTwo, Storm } from './two-clients.js';
import { folderOf } from './two-clients.js';

const VOLUME = { name: 'v', sizeBytes: 2 * MIB };

/** Another client removes the file that this one writes to. */
export async function removedByAnother(
  t: Test,
  share: SharedByTwo,
  clients: Readonly<Record<'a' | 'b', FileSystem>>,
): Promise<void> {
  const file = await clients.a.make(`${folderOf(share, 'a')}/gone`, 0o600);
  await file.writeAt(Buffer.alloc(4096, 1), 0);
  await file.sync();
  await clients.b.unlink(`${folderOf(share, 'b')}/gone`);
  await file.writeAt(Buffer.alloc(4096, 2), 0);
  if (share.version === 'v3') {
    const failure = fileFailure(await thrownBy(file.sync()), 'change', 'share');
    t.match(failure, { outcome: 'ambiguous', code: 'ShareStale', cause: { errno: -116 } });
  } else {
    await file.sync();
    t.pass('v4.1 keeps an open file');
  }
  await file.close();
}

/** What an operator has to mend is told as such. */
export async function refusals(t: Test, rig: RealMounts, files: FileSystem): Promise<void> {
  for (const version of VERSIONS) {
    const create = (name: string, sizeBytes: number): Promise<unknown> => {
      const folder = `${rig.inGuest(version, 'a', name)}/share`;
      const { volumes } = createNfsVhdDriver({ folder }, { files });
      return volumes.create(keyOf(1), { name: 'v', sizeBytes }, call());
    };
    const denied = { outcome: 'unavailable', code: 'ShareDenied' };
    await t.rejects(create('squashed', 2 * MIB), denied, `root_squash, ${version}`);
    const full = { outcome: 'unavailable', code: 'ShareFull' };
    await t.rejects(create('small', 2040 * GIB), full, `a full share, ${version}`);
  }
}

/**
 * The server dies for a while. A soft mount takes a write and fails the sync; a hard one hangs, and only the share hangs:
 * the process that has it goes on.
 */
export async function outage(
  t: Test,
  rig: RealMounts,
  names: Readonly<Record<Version, string>>,
  files: FileSystem,
  driver: GuestProcess,
): Promise<void> {
  const soft = await Promise.all(
    VERSIONS.map(async (version) => {
      const path = `${rig.inGuest(version, 'short')}/${names[version]}/late`;
      return { version, file: await files.make(path, 0o600) };
    }),
  );
  const hard = VERSIONS.map((version) => `${rig.inGuest(version, 'hard')}/${names[version]}/share`);
  // Known before, so that nothing has to be loaded or looked up later.
  for (const folder of hard)
    await remoteDriver(driver.wire, folder).volumes.create(keyOf(1), VOLUME, call());

  const bare = await rig.guest.start('files');
  await rig.server.kill();
  for (const folder of hard)
    for (const file of ['a', 'b'])
      remoteFiles(bare.wire)
        .status(`${folder}/${file}`)
        .catch(() => undefined);
  const elsewhere = bare.wire.call('elsewhere').then(
    () => 'read',
    () => 'cut off',
  );
  t.equal(
    await Promise.race([elsewhere, sleep(1_500, 'hangs')]),
    'hangs',
    'four calls without bounds take all threads, and nothing else of the process moves',
  );
  await bare.kill();
  const looks = Promise.all(
    hard.flatMap((folder) =>
      Array.from({ length: 8 }, (_, n) =>
        thrownBy(
          remoteDriver(driver.wire, folder, 2_000).volumes.observe(keyOf(n), VOLUME, call()),
        ),
      ),
    ),
  );
  for (const { version, file } of soft) {
    await file.writeAt(Buffer.alloc(4096, 1), 0);
    const failure = fileFailure(await thrownBy(file.sync()), 'change', 'share');
    t.match(failure, { outcome: 'ambiguous', code: 'ShareFailing' }, `soft ${version}`);
    t.comment(`${version}: a write that was taken, then ${failure.message}`);
    await file.close().catch(() => undefined);
  }
  for (const failure of await looks)
    t.match(failure, { name: 'DriverFailure', outcome: 'unavailable' }, 'a hard mount');
  const took = Number(await driver.wire.call('elsewhere'));
  t.ok(
    took < 2_000,
    `beside 16 calls to a dead server, a file elsewhere takes ${took.toFixed(1)} ms`,
  );

  await rig.server.start();
  for (const folder of hard) {
    const { volumes } = remoteDriver(driver.wire, folder);
    t.match(await volumes.observe(keyOf(1), VOLUME, call()), { presence: 'present' }, 'it is back');
  }
}

/** The server is killed while both clients do everything, and comes back. */
export async function serverKilled(
  t: Test,
  rig: RealMounts,
  storms: readonly { readonly share: SharedByTwo; readonly storm: Storm }[],
  clients: Readonly<Record<'a' | 'b', FileSystem>>,
  afterMs: number,
): Promise<void> {
  const both = storms.map(({ share, storm }) => {
    const [one, other] = (['a', 'b'] as const).map((client) =>
      createNfsVhdDriver({ folder: folderOf(share, client) }, { files: clients[client] }),
    );
    if (one === undefined || other === undefined) throw new Error('there are two clients');
    return { share, storm, one, other };
  });
  await Promise.all(both.map(({ storm, one }) => storm.prepare(one)));
  const running = both.map(({ storm, one }) => storm.run(one));
  await sleep(afterMs);
  await rig.server.kill();
  await rig.server.start();
  const endings = (await Promise.all(running)).flat();
  const failed = endings.filter(({ status }) => status === 'rejected').length;
  t.comment(`server killed after ${Math.round(afterMs)} ms: ${failed} of ${endings.length} failed`);
  for (const { share, storm, other } of both) {
    const folder = `${rig.onServer()}/${share.name}`;
    await storm.converges(t, other, folder, `${share.version}, server killed`);
  }
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (thrown) {
    return thrown;
  }
}
