import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';

/** A file system under test, and the deeds of strangers on it. */
export interface FileSystemWorld {
  readonly files: FileSystem;
  makeSymbolicLink(target: string, path: string): Promise<void>;
  makeSpecial(kind: 'socket' | 'pipe', path: string): Promise<void>;
}

/** A small file system, which can be made read-only. */
export interface SmallFileSystemWorld {
  readonly files: FileSystem;
  readonly folder: string;
  readonly capacityBytes: number;
  readonly makeReadOnly: () => Promise<void>;
}

const text = (words: string): Uint8Array => Buffer.from(words);
const TEXT = text('ten bytes.');

/** What the driver relies on of every file system. `folder` of a new world is empty. */
export function fileSystemContract(
  t: Test,
  newWorld: (t: Test) => FileSystemWorld & { readonly folder: string },
): void {
  const on = (
    what: string,
    check: (t: Test, world: ReturnType<typeof newWorld>) => Promise<void>,
  ): void => {
    t.test(what, (t) => check(t, newWorld(t)));
  };

  on('a file is made once, written, and read by name', async (t, { files, folder }) => {
    const path = `${folder}/a`;
    t.equal(await files.status(path), undefined);
    await make(files, path, TEXT);
    t.match(await files.status(path), { kind: 'file', sizeBytes: 10 });
    t.equal(await read(files, path), 'ten bytes.');
    t.same(await files.names(folder), ['a']);
    await t.rejects(files.make(path, 0o600), { code: 'EEXIST', errno: -17 });
    await t.rejects(files.open(`${folder}/b`), { code: 'ENOENT', errno: -2 });
    t.equal(await read(files, path), 'ten bytes.', 'refusing has changed nothing');
  });

  on('reading ends where the file ends', async (t, { files, folder }) => {
    await make(files, `${folder}/a`, TEXT);
    const file = await files.open(`${folder}/a`);
    const target = new Uint8Array(8).fill(1);
    t.equal(await file.readAt(target, 6), 4);
    t.same([...target], [...text('tes.'), 1, 1, 1, 1]);
    t.equal(await file.readAt(target, 10), 0);
    t.equal(await file.readAt(target, 99), 0);
    t.equal(await file.readAt(new Uint8Array(0), 0), 0);
    await t.rejects(file.writeAt(TEXT, 0), { code: 'EBADF' }, 'it was opened for reading');
    await file.close();
    await t.rejects(file.readAt(target, 0), { code: 'EBADF' });
    await t.rejects(file.status(), { code: 'EBADF' });
    await file.close();
  });

  on('what was not written is a hole and reads as zeros', async (t, { files, folder }) => {
    const far = 3 * 1024 ** 3;
    const file = await files.make(`${folder}/a`, 0o600);
    await file.writeAt(TEXT, far);
    await file.writeAt(text('AB'), far + 4);
    await file.writeAt(TEXT, far - 8);
    await file.writeAt(TEXT, 0);
    await file.writeAt(new Uint8Array(0), far + 100);
    await file.sync();
    const { sizeBytes, physicalBytes, kind } = await file.status();
    t.same({ sizeBytes, kind }, { sizeBytes: far + 10, kind: 'file' });
    t.ok(physicalBytes > 0 && physicalBytes < 1024 ** 2, `${physicalBytes} bytes on disk`);
    const around = Buffer.alloc(24, 1);
    t.equal(await file.readAt(around, far - 10), 20);
    t.equal(around.subarray(0, 20).toString(), '\0\0ten bytes.n ABtes.');
    await file.close();
  });

  on('a written buffer may be used again', async (t, { files, folder }) => {
    const bytes = Buffer.from('before');
    const file = await files.make(`${folder}/a`, 0o600);
    await file.writeAt(bytes, 0);
    bytes.fill('x');
    await file.close();
    t.equal(await read(files, `${folder}/a`), 'before');
  });

  on('a second name is the same file, and never takes a name', async (t, { files, folder }) => {
    await make(files, `${folder}/a`, TEXT);
    await make(files, `${folder}/taken`, text('other'));
    await files.link(`${folder}/a`, `${folder}/b`);
    const file = await files.open(`${folder}/a`);
    t.equal((await file.status()).names, 2);
    // Closed first: an NFS client keeps a name of what is open.
    await file.close();
    await files.unlink(`${folder}/a`);
    t.match(await files.status(`${folder}/b`), { names: 1 });
    t.equal(await read(files, `${folder}/b`), 'ten bytes.');
    await t.rejects(files.link(`${folder}/b`, `${folder}/taken`), { code: 'EEXIST', errno: -17 });
    await t.rejects(files.link(`${folder}/a`, `${folder}/c`), { code: 'ENOENT', errno: -2 });
    await t.rejects(files.link(`${folder}/a`, `${folder}/taken`), { code: 'ENOENT' });
    await t.rejects(files.link(`${folder}/b`, `${folder}/no/c`), { code: 'ENOENT' });
    await t.rejects(files.link(`${folder}/b`, `${folder}/taken/c`), { code: 'ENOTDIR' });
    await files.makeFolder(`${folder}/sub`);
    await t.rejects(files.link(`${folder}/sub`, `${folder}/c`), { code: 'EPERM' });
    await t.rejects(files.link(`${folder}/b`, `${folder}/sub`), { code: 'EEXIST' });
    t.same((await files.names(folder)).toSorted(), ['b', 'sub', 'taken']);
  });

  on('a file that is there is opened for writing, and never made', async (t, world) => {
    const { files, folder } = world;
    await make(files, `${folder}/a`, TEXT);
    const file = await files.openForWriting(`${folder}/a`);
    await file.writeAt(text('TEN'), 0);
    const target = Buffer.alloc(10);
    t.equal(await file.readAt(target, 0), 10);
    t.equal(target.toString(), 'TEN bytes.');
    await file.sync();
    await file.close();
    t.equal(await read(files, `${folder}/a`), 'TEN bytes.');
    await t.rejects(files.openForWriting(`${folder}/b`), { code: 'ENOENT', errno: -2 });
    await world.makeSymbolicLink('a', `${folder}/link`);
    await t.rejects(files.openForWriting(`${folder}/link`), { code: 'ELOOP', errno: -40 });
  });

  on('a name is taken over in one step', async (t, { files, folder }) => {
    await files.makeFolder(`${folder}/sub`);
    await make(files, `${folder}/sub/new`, text('new'));
    await make(files, `${folder}/a`, TEXT);
    const before = await files.open(`${folder}/a`);
    const { identity } = await before.status();
    await files.rename(`${folder}/sub/new`, `${folder}/a`);
    t.equal(await read(files, `${folder}/a`), 'new');
    t.not((await files.status(`${folder}/a`))?.identity, identity);
    t.equal(await files.status(`${folder}/sub/new`), undefined);
    const target = Buffer.alloc(10);
    t.equal(await before.readAt(target, 0), 10, 'who has the old file open keeps it');
    t.equal(target.toString(), 'ten bytes.');
    await before.close();
    await files.rename(`${folder}/a`, `${folder}/sub/b`);
    t.same(await files.names(folder), ['sub']);
    await t.rejects(files.rename(`${folder}/a`, `${folder}/b`), { code: 'ENOENT', errno: -2 });
  });

  on('names of one file are known as such, and none takes over', async (t, { files, folder }) => {
    await make(files, `${folder}/a`, TEXT);
    await make(files, `${folder}/other`, TEXT);
    await files.link(`${folder}/a`, `${folder}/b`);
    const identityOf = async (name: string): Promise<string | undefined> =>
      (await files.status(`${folder}/${name}`))?.identity;
    t.equal(await identityOf('a'), await identityOf('b'));
    t.not(await identityOf('a'), await identityOf('other'));
    await files.rename(`${folder}/a`, `${folder}/b`);
    t.same((await files.names(folder)).toSorted(), ['a', 'b', 'other']);
  });

  on('a file that lost its last name is there while it is open', async (t, { files, folder }) => {
    const file = await files.make(`${folder}/a`, 0o600);
    await files.unlink(`${folder}/a`);
    await file.writeAt(TEXT, 0);
    await file.sync();
    const target = Buffer.alloc(10);
    t.equal(await file.readAt(target, 0), 10);
    t.equal(target.toString(), 'ten bytes.');
    t.same(await files.names(folder), [], 'also where an NFS client has only renamed it');
    await t.rejects(files.link(`${folder}/a`, `${folder}/b`), { code: 'ENOENT' });
    await file.close();
    t.same(await files.names(folder), []);
  });

  on('a name is removed once; a folder is not removed so', async (t, { files, folder }) => {
    await make(files, `${folder}/a`, TEXT);
    await files.makeFolder(`${folder}/sub`);
    await files.unlink(`${folder}/a`);
    await t.rejects(files.unlink(`${folder}/a`), { code: 'ENOENT', errno: -2 });
    await t.rejects(files.unlink(`${folder}/no/a`), { code: 'ENOENT' });
    await t.rejects(files.unlink(`${folder}/sub`), { code: 'EISDIR', errno: -21 });
    t.same(await files.names(folder), ['sub']);
  });

  on('folders are made in those that are there, any number of times', async (t, world) => {
    const { files, folder } = world;
    await t.rejects(files.makeFolder(`${folder}/a/b`), { code: 'ENOENT', errno: -2 });
    t.same(await files.names(folder), []);
    for (const name of ['a', 'a/b', 'a/b/c']) await files.makeFolder(`${folder}/${name}`);
    await files.makeFolder(`${folder}/a/b/c`);
    await files.makeFolder(`${folder}/a/b/d`);
    t.match(await files.status(`${folder}/a/b`), { kind: 'folder' });
    t.same((await files.names(`${folder}/a/b`)).toSorted(), ['c', 'd']);
    await files.syncFolder(`${folder}/a/b`);
    await make(files, `${folder}/file`, TEXT);
    await t.rejects(files.makeFolder(`${folder}/file`), { code: 'EEXIST' });
    await t.rejects(files.makeFolder(`${folder}/file/a`), { code: 'ENOTDIR' });
    await t.rejects(files.makeFolder(`${folder}/file/a/b`), { code: 'ENOTDIR' });
    await t.rejects(files.make(`${folder}/a`, 0o600), { code: 'EEXIST' });
  });

  on('a folder is removed once it is empty', async (t, { files, folder }) => {
    await files.makeFolder(`${folder}/a`);
    await make(files, `${folder}/a/file`, TEXT);
    await t.rejects(files.removeFolder(`${folder}/a`), { code: 'ENOTEMPTY', errno: -39 });
    await t.rejects(files.removeFolder(`${folder}/a/file`), { code: 'ENOTDIR', errno: -20 });
    await files.unlink(`${folder}/a/file`);
    await files.removeFolder(`${folder}/a`);
    t.equal(await files.status(`${folder}/a`), undefined);
    await t.rejects(files.removeFolder(`${folder}/a`), { code: 'ENOENT', errno: -2 });
  });

  on('a file is no folder', async (t, { files, folder }) => {
    await make(files, `${folder}/a`, TEXT);
    const refused = { code: 'ENOTDIR', errno: -20 };
    await t.rejects(files.status(`${folder}/a/b`), refused);
    await t.rejects(files.names(`${folder}/a`), refused);
    await t.rejects(files.open(`${folder}/a/b`), refused);
    await t.rejects(files.make(`${folder}/a/b`, 0o600), refused);
    await t.rejects(files.unlink(`${folder}/a/b`), refused);
    await t.rejects(files.syncFolder(`${folder}/a`), refused);
  });

  on('in a folder that is not there nothing is', async (t, { files, folder }) => {
    const gone = `${folder}/gone`;
    const missing = { code: 'ENOENT', errno: -2 };
    t.equal(await files.status(`${gone}/a`), undefined);
    await t.rejects(files.names(gone), missing);
    await t.rejects(files.open(`${gone}/a`), missing);
    await t.rejects(files.make(`${gone}/a`, 0o600), missing);
    await t.rejects(files.syncFolder(gone), missing);
    await t.rejects(files.space(gone), missing);
    await t.rejects(files.demandWritable(gone), missing);
  });

  on('what a folder has in it is told with its kind', async (t, world) => {
    const { files, folder } = world;
    await make(files, `${folder}/a`, TEXT);
    await files.makeFolder(`${folder}/sub`);
    await world.makeSymbolicLink('sub', `${folder}/link`);
    await world.makeSpecial('pipe', `${folder}/pipe`);
    const entries = await files.entries(folder);
    t.same(Object.fromEntries(entries.map(({ name, kind }) => [name, kind])), {
      a: 'file',
      sub: 'folder',
      link: 'symbolicLink',
      pipe: 'other',
    });
    t.same(await files.entries(`${folder}/sub`), []);
    await t.rejects(files.entries(`${folder}/gone`), { code: 'ENOENT', errno: -2 });
    await t.rejects(files.entries(`${folder}/a`), { code: 'ENOTDIR', errno: -20 });
  });

  on('a symbolic link is looked at, not through', async (t, world) => {
    const { files, folder } = world;
    await make(files, `${folder}/a`, TEXT);
    await files.makeFolder(`${folder}/sub`);
    await world.makeSymbolicLink('a', `${folder}/link`);
    t.match(await files.status(`${folder}/link`), { kind: 'symbolicLink', sizeBytes: 1 });
    await t.rejects(files.open(`${folder}/link`), { code: 'ELOOP', errno: -40 });
    await t.rejects(files.make(`${folder}/link`, 0o600), { code: 'EEXIST' });
    await files.link(`${folder}/link`, `${folder}/second`);
    t.match(await files.status(`${folder}/second`), { kind: 'symbolicLink' });

    await world.makeSymbolicLink('nowhere', `${folder}/dangling`);
    await t.rejects(files.open(`${folder}/dangling`), { code: 'ELOOP' });
    await t.rejects(files.make(`${folder}/dangling`, 0o600), { code: 'EEXIST' });
    await files.unlink(`${folder}/link`);
    await files.unlink(`${folder}/second`);
    await files.unlink(`${folder}/dangling`);
    t.equal(await read(files, `${folder}/a`), 'ten bytes.');
  });

  on('symbolic links on the way to a name are followed', async (t, world) => {
    const { files, folder } = world;
    for (const name of ['sub', 'sub/deep']) await files.makeFolder(`${folder}/${name}`);
    await world.makeSymbolicLink('sub', `${folder}/relative`);
    await world.makeSymbolicLink(`${folder}/sub/deep`, `${folder}/absolute`);
    await world.makeSymbolicLink('../sub', `${folder}/sub/up`);
    await world.makeSymbolicLink('circle', `${folder}/circle`);
    await make(files, `${folder}/absolute/a`, TEXT);
    t.equal(await read(files, `${folder}/relative/up/deep/a`), 'ten bytes.');
    t.equal(await read(files, `${folder}/absolute/../deep/a`), 'ten bytes.');
    t.same(await files.names(`${folder}/absolute`), ['a']);
    await files.makeFolder(`${folder}/relative/more`);
    t.match(await files.status(`${folder}/sub/more`), { kind: 'folder' });
    await files.syncFolder(`${folder}/relative`);
    await t.rejects(files.open(`${folder}/circle/a`), { code: 'ELOOP' });
  });

  on('what is no file can be told from one, and is never opened', async (t, world) => {
    const { files, folder } = world;
    await world.makeSpecial('pipe', `${folder}/pipe`);
    await world.makeSpecial('socket', `${folder}/socket`);
    t.match(await files.status(`${folder}/pipe`), { kind: 'other' });
    t.match(await files.status(`${folder}/socket`), { kind: 'other' });
    await files.makeFolder(`${folder}/sub`);
    for (const opening of [
      (name: string) => files.open(`${folder}/${name}`),
      (name: string) => files.openForWriting(`${folder}/${name}`),
    ]) {
      await t.rejects(opening('pipe'), { code: 'ENXIO', errno: -6 });
      await t.rejects(opening('socket'), { code: 'ENXIO', errno: -6 });
      await t.rejects(opening('sub'), { code: 'EISDIR', errno: -21 });
    }
  });

  on('times grow with changes and with nothing else', async (t, { files, folder }) => {
    const modified = async (name: string): Promise<number> =>
      (await files.status(`${folder}/${name}`))?.modifiedMs ?? Number.NaN;
    await make(files, `${folder}/a`, TEXT);
    const made = await modified('a');
    t.ok(Number.isInteger(made) && made > 0, `${made}`);
    await files.link(`${folder}/a`, `${folder}/b`);
    await read(files, `${folder}/b`);
    t.equal(await modified('a'), made);
    t.equal(await modified('b'), made);
  });

  on('there is room, and it can be written to', async (t, { files, folder }) => {
    const { totalBytes, freeBytes } = await files.space(folder);
    t.ok(totalBytes >= freeBytes && freeBytes > 0, `${freeBytes} of ${totalBytes}`);
    await files.demandWritable(folder);
  });
}

/** What the driver relies on where a file system is full or read-only. */
export function smallFileSystemContract(
  t: Test,
  withWorld: (t: Test, use: (world: SmallFileSystemWorld) => Promise<void>) => Promise<void>,
  skip: string | false = false,
): void {
  t.test('a full file system takes no more, until there is room again', { skip }, (t) =>
    withWorld(t, async ({ files, folder, capacityBytes }) => {
      const half = new Uint8Array(capacityBytes / 2);
      await make(files, `${folder}/a`, half);
      const file = await files.make(`${folder}/b`, 0o600);
      const filled = async (): Promise<void> => {
        await file.writeAt(new Uint8Array(capacityBytes), 0);
        // An NFS client may say only now that the write has failed.
        await file.sync();
      };
      await t.rejects(filled(), { code: 'ENOSPC', errno: -28 });
      await file.close();
      await files.unlink(`${folder}/b`);
      await files.unlink(`${folder}/a`);
      const { freeBytes } = await files.space(folder);
      // An NFS client tells of whole MiB.
      t.ok(freeBytes >= capacityBytes && freeBytes <= Math.max(capacityBytes, 2 ** 20));
      await make(files, `${folder}/c`, half);
    }),
  );

  t.test('a read-only file system refuses every change and can be read', { skip }, (t) =>
    withWorld(t, async ({ files, folder, makeReadOnly }) => {
      await make(files, `${folder}/a`, TEXT);
      await makeReadOnly();
      const refused = { code: 'EROFS', errno: -30 };
      await t.rejects(files.make(`${folder}/b`, 0o600), refused);
      await t.rejects(files.link(`${folder}/a`, `${folder}/b`), refused);
      await t.rejects(files.rename(`${folder}/a`, `${folder}/b`), refused);
      await t.rejects(files.unlink(`${folder}/a`), refused);
      await t.rejects(files.rename(`${folder}/a`, `${folder}/b`), refused);
      // Node asks again after a refusal and tells what it found then.
      await t.rejects(files.makeFolder(`${folder}/sub`), { code: /^(EROFS|ENOENT)$/ });
      await t.rejects(files.demandWritable(folder), refused);
      await t.rejects(files.make(`${folder}/a`, 0o600), { code: 'EEXIST' });
      await files.makeFolder(folder);
      await files.syncFolder(folder);
      t.equal(await read(files, `${folder}/a`), 'ten bytes.');
    }),
  );
}

async function make(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.make(path, 0o600);
  await file.writeAt(bytes, 0);
  await file.sync();
  await file.close();
}

async function read(files: FileSystem, path: string): Promise<string> {
  const file = await files.open(path);
  const target = Buffer.alloc((await file.status()).sizeBytes);
  await file.readAt(target, 0);
  await file.close();
  return target.toString();
}
