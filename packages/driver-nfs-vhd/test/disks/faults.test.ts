import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import type { StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, GIB, keyOf, MIB, shareNames, uuid } from '../support/fixtures.js';
import { skipWithoutMount } from '../support/tools.js';
import { counting, failing, wrappedFileSystem } from '../support/wrapped-file-system.js';

const IMAGE = {
  name: 'debian',
  sizeBytes: GIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const ROOT = { name: 'root', sizeBytes: 40 * GIB, origin: { image: uuid(1) } };

function driverOf(folder: string, files: FileSystem = nodeFileSystem): StorageDriver {
  return createNfsVhdDriver({ folder }, { files });
}

test('a paused process does not publish what its successor has half written', async (t) => {
  const folder = `${t.testdir()}/share`;
  await driverOf(folder).images.create(keyOf(1), IMAGE, call('image'));
  // The first process pauses before its link; the second starts over and pauses in the middle of writing; then the
  // first goes on.
  const firstMayLink = gate();
  const firstAtLink = gate();
  const secondMayWrite = gate();
  const secondAtWrite = gate();
  const first = driverOf(folder, pausing('link', firstAtLink.open, firstMayLink.opened));
  const second = driverOf(folder, pausing('writeAt', secondAtWrite.open, secondMayWrite.opened));

  const firstCreate = first.volumes.create(keyOf(2), ROOT, call('clone'));
  await firstAtLink.opened;
  const secondCreate = second.volumes.create(keyOf(2), ROOT, call('clone'));
  await secondAtWrite.opened;
  firstMayLink.open();
  await t.rejects(firstCreate, { outcome: 'ambiguous', code: 'Overtaken' });
  t.same(await driverOf(folder).volumes.observe(keyOf(2), ROOT, call()), { presence: 'absent' });
  secondMayWrite.open();
  await secondCreate;
  t.same(await shareNames(folder), [`${uuid(1)}.vhd`, `${uuid(2)}.vhd`]);
});

test('publishing again is success', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = driverOf(folder);
  await images.create(keyOf(1), IMAGE, call('image'));
  await Promise.all(
    [1, 2].map(() => images.create(keyOf(1), IMAGE, call('image')).catch(() => undefined)),
  );
  await volumes.create(keyOf(2), ROOT, call('clone'));
  t.same(await volumes.create(keyOf(2), ROOT, call('clone')), { external: uuid(2), settled: true });
  t.same(await shareNames(folder), [`${uuid(1)}.vhd`, `${uuid(2)}.vhd`]);
});

test('a link whose reply was lost is ambiguous, and the next try finds it done', async (t) => {
  const folder = `${t.testdir()}/share`;
  await driverOf(folder).images.create(keyOf(1), IMAGE, call('image'));
  const lossy = failing(nodeFileSystem, { call: 'link', code: 'EIO', errno: -5, reply: 'lost' });
  const create = driverOf(folder, lossy).volumes.create(keyOf(2), ROOT, call('clone'));
  await t.rejects(create, { outcome: 'ambiguous', code: 'ShareFailing' });
  t.match(await driverOf(folder).volumes.observe(keyOf(2), ROOT, call()), {
    presence: 'present',
    changes: [],
  });
});

test('each error of the share has its outcome', async (t) => {
  const cases = [
    ['ENOSPC', -28, 'unavailable', 'ShareFull'],
    ['Unknown system error -122', -122, 'unavailable', 'ShareFull'],
    ['EROFS', -30, 'unavailable', 'ShareReadOnly'],
    ['EACCES', -13, 'unavailable', 'ShareDenied'],
    ['EIO', -5, 'ambiguous', 'ShareFailing'],
    ['ETIMEDOUT', -110, 'ambiguous', 'ShareFailing'],
    ['Unknown system error -116', -116, 'ambiguous', 'ShareStale'],
    ['EXDEV', -18, 'rejected', 'ShareDivided'],
    ['ENOTSUP', -95, 'rejected', 'HardLinksMissing'],
    ['ENFILE', -23, 'unavailable', 'TooManyOpenFiles'],
    ['EISDIR', -21, 'rejected', 'NotADisk'],
    ['EPERM', -1, 'unavailable', 'ShareDenied'],
    ['EDQUOT', -122, 'unavailable', 'ShareFull'],
    ['ENOTCONN', -107, 'unavailable', 'ShareMissing'],
    ['EHOSTUNREACH', -113, 'unavailable', 'ShareMissing'],
    ['ENOENT', -2, 'unavailable', 'ShareMissing'],
  ] as const;
  for (const [code, errno, outcome, driverCode] of cases) {
    const folder = `${t.testdir()}/share`;
    await driverOf(folder).images.create(keyOf(1), IMAGE, call('image'));
    for (const at of ['writeAt', 'sync'] as const) {
      const files = failing(nodeFileSystem, { call: at, code, errno });
      const create = driverOf(folder, files).volumes.create(keyOf(2), ROOT, call('clone'));
      await t.rejects(
        create,
        { name: 'DriverFailure', outcome, code: driverCode },
        `${code} at ${at}`,
      );
      t.same(await shareNames(folder), [`${uuid(1)}.vhd`], 'nothing is left');
    }
    const files = failing(nodeFileSystem, { call: 'open', path: uuid(1), code, errno });
    const read = driverOf(folder, files).images.observe(keyOf(1), IMAGE, call());
    // To a single look "no such file" is an answer.
    if (code === 'ENOENT') t.same(await read, { presence: 'absent' });
    // A look changes nothing, so there is nothing to be unsure of.
    else {
      const seen = outcome === 'ambiguous' ? 'unavailable' : outcome;
      await t.rejects(read, { outcome: seen, code: driverCode }, `${code} at a look`);
    }
  }
});

test('a call ends when it is aborted, even while the share hangs', async (t) => {
  const folder = `${t.testdir()}/share`;
  await driverOf(folder).images.create(keyOf(1), IMAGE, call('image'));
  const atLink = gate();
  const hung = gate();
  const controller = new AbortController();
  const { volumes } = driverOf(folder, pausing('link', atLink.open, hung.opened));
  const create = volumes.create(keyOf(2), ROOT, call('clone', controller.signal));
  await atLink.opened;
  controller.abort();
  await t.rejects(create, { outcome: 'ambiguous', code: 'Aborted' });
  hung.open();
});

test('a clone of 40 GiB takes two syncs and one write', async (t) => {
  const folder = `${t.testdir()}/share`;
  await driverOf(folder).images.create(keyOf(1), IMAGE, call('image'));
  const { files, calls } = counting(nodeFileSystem);
  const start = performance.now();
  await driverOf(folder, files).volumes.create(keyOf(2), ROOT, call('clone'));
  t.comment(
    `${(performance.now() - start).toFixed(1)} ms, ${JSON.stringify(Object.fromEntries(calls))}`,
  );
  t.equal((calls.get('sync') ?? 0) + (calls.get('syncFolder') ?? 0), 2);
  t.equal(calls.get('writeAt'), 1);
});

test('a full file system is told, and nothing is left on it', {
  skip: skipWithoutMount(),
}, async (t) => {
  const folder = `${t.testdir()}/share`;
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    const driver = driverOf(folder);
    const { volumes } = driver;
    await volumes.create(keyOf(1), { name: 'small', sizeBytes: 2 * MIB }, call());
    const big = volumes.create(keyOf(2), { name: 'big', sizeBytes: 2040 * GIB }, call());
    await t.rejects(big, { outcome: 'unavailable', code: 'ShareFull' });
    t.same(await shareNames(folder), [`${uuid(1)}.vhd`]);

    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const readOnly = volumes.create(keyOf(3), { name: 'small', sizeBytes: 2 * MIB }, call());
    await t.rejects(readOnly, { outcome: 'unavailable', code: 'ShareReadOnly' });
    t.match(await driver.pools(call()), [{ live: false, problem: /writable/ }]);
  } finally {
    execFileSync('umount', [folder]);
  }
});

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

function pausing(at: string, reached: () => void, mayGoOn: Promise<void>): FileSystem {
  return wrappedFileSystem(nodeFileSystem, async (name, _path, work) => {
    if (name === at) {
      reached();
      await mayGoOn;
    }
    return work();
  });
}
