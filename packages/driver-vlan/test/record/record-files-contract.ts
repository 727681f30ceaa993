import type { RecordFiles } from '@gdcloud/driver-vlan';
import type { Test } from 'tap';

/** The files under test, in an empty folder, and a stranger's deed. */
export interface RecordFilesWorld {
  readonly files: RecordFiles;
  readonly folder: string;
  makeSymbolicLink(target: string, path: string): Promise<void>;
}

/** What the driver relies on of the place where records are kept. */
export function recordFilesContract(t: Test, newWorld: (t: Test) => RecordFilesWorld): void {
  const on = (what: string, check: (t: Test, world: RecordFilesWorld) => Promise<void>): void => {
    t.test(what, (t) => check(t, newWorld(t)));
  };

  on('a file is written once and read whole', async (t, { files, folder }) => {
    await files.write(`${folder}/a`, 'text – ü\n');
    t.equal(await files.read(`${folder}/a`), 'text – ü\n');
    await t.rejects(files.write(`${folder}/a`, 'other'), { code: 'EEXIST' });
    t.equal(await files.read(`${folder}/a`), 'text – ü\n');
    await files.write(`${folder}/empty`, '');
    t.equal(await files.read(`${folder}/empty`), '');
    t.same((await files.names(folder))?.toSorted(), ['a', 'empty']);
    await files.syncFolder(folder);
  });

  on('what is not there is nothing to read, list or remove', async (t, { files, folder }) => {
    t.equal(await files.read(`${folder}/a`), undefined);
    t.equal(await files.read(`${folder}/gone/a`), undefined);
    t.equal(await files.names(`${folder}/gone`), undefined);
    await files.remove(`${folder}/a`);
    await files.remove(`${folder}/gone/a`);
    await t.rejects(files.write(`${folder}/gone/a`, ''), { code: 'ENOENT' });
    await t.rejects(files.rename(`${folder}/a`, `${folder}/b`), { code: 'ENOENT' });
    await t.rejects(files.syncFolder(`${folder}/gone`), { code: 'ENOENT' });
  });

  on('a rename takes the place of what was there', async (t, { files, folder }) => {
    await files.write(`${folder}/a`, 'old');
    await files.write(`${folder}/a.tmp`, 'new');
    await files.rename(`${folder}/a.tmp`, `${folder}/a`);
    t.equal(await files.read(`${folder}/a`), 'new');
    await files.rename(`${folder}/a`, `${folder}/a`);
    await files.rename(`${folder}/a`, `${folder}/b`);
    t.same(await files.names(folder), ['b']);
    await t.rejects(files.rename(`${folder}/b`, `${folder}/gone/b`), { code: 'ENOENT' });
    await files.remove(`${folder}/b`);
    t.same(await files.names(folder), []);
  });

  on('a link is a second name, and takes no name that is there', async (t, { files, folder }) => {
    await files.write(`${folder}/a`, 'text');
    await files.write(`${folder}/b`, 'other');
    await files.link(`${folder}/a`, `${folder}/c`);
    await t.rejects(files.link(`${folder}/b`, `${folder}/c`), { code: 'EEXIST' });
    await files.remove(`${folder}/a`);
    t.equal(await files.read(`${folder}/c`), 'text');
    await t.rejects(files.link(`${folder}/a`, `${folder}/d`), { code: 'ENOENT' });
    await t.rejects(files.link(`${folder}/b`, `${folder}/gone/d`), { code: 'ENOENT' });
    t.same((await files.names(folder))?.toSorted(), ['b', 'c']);
  });

  on('a folder goes when it is empty', async (t, { files, folder }) => {
    await files.makeFolder(`${folder}/a`);
    await files.write(`${folder}/a/file`, '');
    await t.rejects(files.removeFolder(`${folder}/a`), { code: 'ENOTEMPTY' });
    await files.remove(`${folder}/a/file`);
    t.same(await files.names(`${folder}/a`), [], 'an empty one is not the same as none');
    await files.removeFolder(`${folder}/a`);
    t.equal(await files.names(`${folder}/a`), undefined);
    await files.removeFolder(`${folder}/a`);
    await files.write(`${folder}/file`, '');
    await t.rejects(files.removeFolder(`${folder}/file`), { code: 'ENOTDIR' });
  });

  on('folders are made with those above them, any number of times', async (t, world) => {
    const { files, folder } = world;
    await files.makeFolder(`${folder}/a/b`);
    await files.makeFolder(`${folder}/a/b`);
    t.same(await files.names(`${folder}/a`), ['b']);
    await files.syncFolder(`${folder}/a`);
    await files.write(`${folder}/file`, '');
    await t.rejects(files.makeFolder(`${folder}/file`), { code: 'EEXIST' });
    await t.rejects(files.makeFolder(`${folder}/file/a`), { code: 'ENOTDIR' });
  });

  on('files and folders are not taken for each other', async (t, { files, folder }) => {
    await files.write(`${folder}/file`, 'text');
    await files.makeFolder(`${folder}/full/sub`);
    await files.makeFolder(`${folder}/empty`);
    const noFolder = { code: 'ENOTDIR' };
    await t.rejects(files.names(`${folder}/file`), noFolder);
    await t.rejects(files.read(`${folder}/file/a`), noFolder);
    await t.rejects(files.write(`${folder}/file/a`, ''), noFolder);
    await t.rejects(files.remove(`${folder}/file/a`), noFolder);
    await t.rejects(files.syncFolder(`${folder}/file`), noFolder);
    await t.rejects(files.rename(`${folder}/full`, `${folder}/file`), noFolder);
    await t.rejects(files.read(`${folder}/full`), { code: 'EISDIR' });
    await t.rejects(files.remove(`${folder}/full`), { code: 'EISDIR' });
    await t.rejects(files.write(`${folder}/full`, ''), { code: 'EEXIST' });
    await t.rejects(files.rename(`${folder}/file`, `${folder}/full`), { code: 'EISDIR' });
    await t.rejects(files.rename(`${folder}/empty`, `${folder}/full`), { code: 'ENOTEMPTY' });
    await t.rejects(files.rename(`${folder}/full`, `${folder}/full/sub/a`), { code: 'EINVAL' });
    await files.rename(`${folder}/full`, `${folder}/empty`);
    t.same(await files.names(`${folder}/empty`), ['sub']);
  });

  on(
    'a symbolic link at a name is refused, replaced or removed, never followed',
    async (t, world) => {
      const { files, folder } = world;
      await files.write(`${folder}/secret`, 'secret');
      await world.makeSymbolicLink('secret', `${folder}/link`);
      await t.rejects(files.read(`${folder}/link`), { code: 'ELOOP' });
      await t.rejects(files.write(`${folder}/link`, 'text'), { code: 'EEXIST' });
      await files.write(`${folder}/new`, 'new');
      await files.rename(`${folder}/new`, `${folder}/link`);
      t.equal(await files.read(`${folder}/link`), 'new');
      await world.makeSymbolicLink('secret', `${folder}/other`);
      await files.remove(`${folder}/other`);
      t.equal(await files.read(`${folder}/secret`), 'secret');
    },
  );
}
