import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';
import { fileSystemContract, smallFileSystemContract } from '../files/file-system-contract.js';
import { type RealMounts, SMALL_BYTES, type Version } from './real-mounts.js';

// A socket's name is bound from within its folder: it may have 107 bytes at most.
const LISTEN = 'require("net").createServer().listen(process.argv[1], () => process.exit())';

/** The contract that the file systems in memory and on disk keep too. */
export function contractOnMounts(
  t: Test,
  rig: RealMounts,
  files: FileSystem,
  version: Version,
): void {
  let worlds = 0;
  fileSystemContract(t, () => {
    worlds += 1;
    const name = `contract-${version}-${worlds}`;
    rig.newFolder(name);
    return {
      files,
      folder: `${rig.inGuest(version, 'a')}/${name}`,
      makeSymbolicLink: async (target, path) => {
        await rig.guest.run('ln', '-s', target, path);
      },
      makeSpecial: async (kind, path) => {
        if (kind === 'pipe') await rig.guest.run('mkfifo', path);
        else
          await rig.guest.run(
            'sh',
            '-c',
            `cd "\${0%/*}" && exec node -e '${LISTEN}' "\${0##*/}"`,
            path,
          );
      },
    };
  });
  smallFileSystemContract(t, async (_t, use) => {
    const folder = rig.inGuest(version, 'a', 'small');
    const remount = (access: 'ro' | 'rw'): Promise<string> =>
      rig.guest.run('mount', '-o', `remount,${access}`, folder);
    try {
      await use({
        files,
        folder,
        capacityBytes: SMALL_BYTES,
        makeReadOnly: async () => {
          await remount('ro');
        },
      });
    } finally {
      await remount('rw');
      // Not behind the server's back: it remembers names.
      for (const name of await files.names(folder)) await files.unlink(`${folder}/${name}`);
    }
  });
}
