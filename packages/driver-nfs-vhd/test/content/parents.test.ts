import { DriverFailure, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { VhdError } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { BESIDE, childSaying, parentBytes, SAYINGS } from '../support/child-saying.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const FOLDER = '/srv/share';
const REFUSED: Readonly<Record<string, string>> = {
  found: 'found',
  link: 'SymbolicLink',
  noFile: 'NotADisk',
};

test('whatever a disk says of its parent, nothing beside the share is opened', async (t) => {
  const disk = new MemoryDisk({ clock: systemClock });
  disk.makeFolder('/srv');
  const opened = new Set<string>();
  const files = wrappedFileSystem(new MemoryFileSystem(disk), async (called, path, work) => {
    if (called.startsWith('open')) opened.add(path);
    return work();
  });
  const driver = createNfsVhdDriver({ folder: FOLDER }, { files });
  await driver.volumes.create(keyOf(9), { name: 'v', sizeBytes: 2 * MIB }, call());
  const put = (path: string, bytes: Uint8Array | string): void => {
    if (disk.status(path) !== undefined) disk.unlink(path);
    const file = disk.make(path, 0o600);
    file.writeAt(Buffer.from(bytes), 0);
    file.close();
  };
  for (const [name, text] of Object.entries(BESIDE.files)) put(`${FOLDER}/${name}`, text);
  for (const path of [`${FOLDER}/p.vhd`, '/srv/secret.vhd']) put(path, parentBytes());
  for (const [name, target] of Object.entries(BESIDE.links))
    disk.makeSymbolicLink(target, `${FOLDER}/${name}`);
  disk.makeFolder(`${FOLDER}/${BESIDE.folder}`);
  disk.makeSpecial('pipe', `${FOLDER}/${BESIDE.pipe}`);
  for (const [what, says, becomes] of SAYINGS) {
    const own = says.name === 'child.vhd' ? { ...says, name: `${uuid(2)}.vhd` } : says;
    put(`${FOLDER}/${uuid(2)}.vhd`, childSaying(2, own));
    const told = await read();
    t.equal(told, REFUSED[becomes] ?? `CorruptDisk ${becomes}`, what);
    const seen = await driver.volumes.observe(keyOf(2), undefined, call());
    t.equal(seen.presence, 'present', `${what}: it can be removed`);
  }
  const besideIt = [...opened].filter((path) => !/^\/srv\/share\/[^/]+$/.test(path));
  t.same(besideIt.toSorted(), ['/srv/.share.gdcloud-share', `${FOLDER}/.gdcloud/share`]);

  async function read(): Promise<string> {
    try {
      const disk = { kind: 'volume', key: keyOf(2) } as const;
      await (await driver.content?.read(disk, 'raw', call()))?.close();
      return 'found';
    } catch (thrown) {
      if (!(thrown instanceof DriverFailure)) throw thrown;
      const { code, cause } = thrown;
      return cause instanceof VhdError ? `${code} ${cause.code}` : code;
    }
  }
});
