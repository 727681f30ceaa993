import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname } from 'node:path';
import { systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { type Test, test } from 'tap';
import { skipWithoutMount } from '../support/tools.js';
import { fileSystemContract, smallFileSystemContract } from './file-system-contract.js';

const CAPACITY = 256 * 1024;

test("the operating system's file system", async (t) => {
  fileSystemContract(t, (t) => ({
    files: nodeFileSystem,
    folder: t.testdir(),
    makeSymbolicLink: (target, path) => symlink(target, path),
    makeSpecial: (kind, path) => {
      if (kind === 'socket') return listen(t, path);
      execFileSync('mkfifo', [path]);
      return Promise.resolve();
    },
  }));
  smallFileSystemContract(t, onTmpfs, skipWithoutMount());
});

const MOUNTED = { skip: skipWithoutMount() };

test('a device is never opened, also where the mount allows none', MOUNTED, async (t) => {
  for (const option of ['dev', 'nodev']) {
    await onTmpfs(t, async ({ files, folder }) => {
      const path = `${folder}/zeros`;
      execFileSync('mount', ['-o', `remount,${option}`, folder]);
      execFileSync('mknod', [path, 'c', '1', '5']);
      const refused = { code: 'ENXIO', message: new RegExp(path) };
      await t.rejects(files.open(path), refused, option);
      await t.rejects(files.openForWriting(path), refused, option);
    });
  }
});

test('the file system in memory', async (t) => {
  fileSystemContract(t, () => {
    const disk = new MemoryDisk({ clock: systemClock });
    disk.makeFolder('/some/folder');
    return {
      files: new MemoryFileSystem(disk),
      folder: '/some/folder',
      makeSymbolicLink: async (target, path) => disk.makeSymbolicLink(target, path),
      makeSpecial: async (kind, path) => disk.makeSpecial(kind, path),
    };
  });
  smallFileSystemContract(t, (_t, use) => {
    const disk = new MemoryDisk({ clock: systemClock, capacityBytes: CAPACITY });
    return use({
      files: new MemoryFileSystem(disk),
      folder: '/',
      capacityBytes: CAPACITY,
      makeReadOnly: async () => {
        disk.access = 'readOnly';
      },
    });
  });
});

async function onTmpfs(
  t: Test,
  use: Parameters<Parameters<typeof smallFileSystemContract>[1]>[1],
): Promise<void> {
  const folder = t.testdir();
  // The capacity is that of files: their folder takes none on a tmpfs.
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${CAPACITY}`, 'tmpfs', folder]);
  try {
    await use({
      files: nodeFileSystem,
      folder,
      capacityBytes: CAPACITY,
      makeReadOnly: async () => {
        execFileSync('mount', ['-o', 'remount,ro', folder]);
      },
    });
  } finally {
    execFileSync('umount', [folder]);
  }
}

// A socket's name may have 107 bytes at most, so it is bound from within its folder.
function listen(t: Test, path: string): Promise<void> {
  const server = createServer();
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve, reject) => {
    const before = process.cwd();
    process.chdir(dirname(path));
    server.once('error', reject);
    server.listen(basename(path), resolve);
    process.chdir(before);
  });
}
