import { symlink } from 'node:fs/promises';
import { systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { nodeRecordFiles } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { test } from 'tap';
import { recordFilesContract } from './record-files-contract.js';

test("the operating system's files", async (t) => {
  recordFilesContract(t, (t) => ({
    files: nodeRecordFiles,
    folder: t.testdir(),
    makeSymbolicLink: (target, path) => symlink(target, path),
  }));
});

test('files in memory', async (t) => {
  recordFilesContract(t, () => {
    const disk = new MemoryDisk({ clock: systemClock });
    disk.makeFolder('/some/folder');
    return {
      files: new MemoryRecordFiles(disk),
      folder: '/some/folder',
      makeSymbolicLink: async (target, path) => disk.makeSymbolicLink(target, path),
    };
  });
});
